//! The service as it is deployed: the release build, in a process of its own, on a database of its own, with the sandbox as its
//! vendor; and the ceiling, in a process of its own too.

use crate::{
    OPERATOR, ceiling,
    process::{PROGRAM, Process},
};
use reqwest::Client;
use sandbox::{Config, ConnectApps, GithubConfig, LinearConfig, Running, SignInApps};
use serde_json::Value;
use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    process::{Command, Stdio},
};
use testkit::Database;
use uuid::Uuid;

pub async fn service(database: &Database, vendor: &Vendor) -> Process {
    let origin = vendor.callback_origin.clone();
    let port = origin.rsplit(':').next().unwrap();
    let linear = format!("{}/linear", vendor.running.url);
    let child = Command::new(PROGRAM)
        .arg("serve")
        .env_clear()
        .envs([
            ("ENVIRONMENT", "development"),
            ("PORT", port),
            ("DATABASE_URL", &database.url),
            ("PUBLIC_URL", &origin),
            ("AUTH_JWKS_URL", "http://127.0.0.1:9/jwks"),
            ("AUTH_ISSUER", &origin),
            ("AUTH_AUDIENCE", &origin),
            ("ENCRYPTION_KEY", "0123456789abcdef0123456789abcdef"),
            ("OPERATOR_TOKENS", OPERATOR),
            ("RATE_LIMIT_PER_MINUTE", "1000000000"),
            ("LINEAR_CLIENT_ID", "lin-bench"),
            ("LINEAR_CLIENT_SECRET", "linear-client-secret-of-the-benchmark"),
            ("LINEAR_BASE_URL", &linear),
            ("RUST_LOG", "warn"),
        ])
        .env("REDIS_URL", testkit::redis_url())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    Process::of(child, origin).ready().await
}

pub fn bare(database: &Database) -> Process {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .env(ceiling::SELF, &database.url)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    Process::of(child, line.trim().to_owned())
}

/// The vendor, and where it sends people back to.
pub struct Vendor {
    running: Running,
    callback_origin: String,
}

impl Vendor {
    pub async fn start() -> Self {
        // Free a moment ago: nobody else on this machine takes ports as fast.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let callback_origin = format!("http://127.0.0.1:{port}");
        let client = |name: &str| format!("{callback_origin}/oauth/{name}/callback");
        let running = sandbox::spawn(Config {
            port: 0,
            github: GithubConfig {
                client_id: "gh-bench".to_owned(),
                client_secret: "github-client-secret-of-the-benchmark".into(),
                webhook_secret: "github-webhook-secret-of-the-benchmark".into(),
                redirect_uris: vec![client("github")],
                app: None,
            },
            linear: LinearConfig {
                client_id: "lin-bench".to_owned(),
                client_secret: "linear-client-secret-of-the-benchmark".into(),
                webhook_secret: "linear-webhook-secret-of-the-benchmark".into(),
                redirect_uris: vec![client("linear")],
            },
            connect: ConnectApps::default(),
            sign_in: SignInApps::default(),
            smtp_port: None,
            webhook_base: None,
            webhook_ca_pem_path: None,
            state_file: None,
        })
        .await
        .unwrap();
        Self { running, callback_origin }
    }

    /// So many accounts of one new tenant, connected as an operator connects them.
    pub async fn connections(&self, service: &Process, tenant: Uuid, count: usize) -> Vec<String> {
        let redirects = reqwest::redirect::Policy::none();
        let client = Client::builder().redirect(redirects).no_proxy().build().unwrap();
        let url = |path: &str| format!("{}{path}", service.origin);
        let signed =
            |request: reqwest::RequestBuilder| request.bearer_auth(OPERATOR).header("x-tenant-id", tenant.to_string());
        signed(client.put(url(&format!("/tenants/{tenant}")))).send().await.unwrap();
        let mut ids = Vec::new();
        for n in 0..count {
            let started: Value =
                signed(client.post(url("/connect/linear"))).send().await.unwrap().json().await.unwrap();
            let consent = format!(
                "{}&sandbox_account=somebody-{n}&sandbox_consent=approve",
                started["authorize_url"].as_str().unwrap()
            );
            let back = client.get(consent).send().await.unwrap().headers()["location"].to_str().unwrap().to_owned();
            let query = back.split_once('?').unwrap().1;
            let callback = url(&format!("/connect/linear/callback?{query}"));
            let made: Value = signed(client.get(callback)).send().await.unwrap().json().await.unwrap();
            ids.push(made["id"].as_str().unwrap().to_owned());
        }
        ids
    }
}
