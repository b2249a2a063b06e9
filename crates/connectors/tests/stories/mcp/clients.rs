//! Unmodified clients: both generations of the SDK from nothing (registration, consent, refresh), and the inspector on the command line.

use super::Person;
use crate::support::{Client, Server};
use chrono::TimeDelta;
use edge::Shutdown;
use kernel::{Clock, Env, UserId};
use serde_json::{Value, json};
use std::{path::PathBuf, process::Stdio, sync::Arc};
use testkit::Database;
use tokio::{io::AsyncWriteExt, process::Command};

const SCRIPT: &str = include_str!("clients.mjs");

/// The auth service and ours, as they stand side by side.
struct Both {
    server: Server,
    auth: String,
    clock: Clock,
    _database: Database,
}

impl Both {
    async fn start() -> Self {
        let (database, clock) = (Database::fresh().await, Clock::system());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let auth = format!("http://{}", listener.local_addr().unwrap());
        let jwks = format!("{auth}/api/auth/jwks");
        let server = Server::with(&[("AUTH_JWKS_URL", &jwks), ("AUTH_ISSUER", &auth), ("AUTH_AUDIENCE", &auth)]).await;
        let resource = format!("{}/mcp", server.url);
        let pairs = [
            ("ENVIRONMENT", "development"),
            ("DATABASE_URL", "postgres://unused"),
            ("PUBLIC_URL", &auth),
            ("BETTER_AUTH_SECRET", "a-secret-of-the-connectors-tests-0123456789"),
            ("JWT_SECRET", "another-secret-of-the-connectors-tests-0123"),
            ("AUTH_ISSUER", &auth),
            ("AUTH_AUDIENCE", &auth),
            ("AUTH_RATE_LIMIT", "off"),
            ("OAUTH_RESOURCES", &resource),
        ];
        let config = auth::Config::from_env(&Env::from_pairs(pairs)).unwrap();
        let app = Arc::new(auth::App::new(&config, database.pool.clone(), clock.clone()).unwrap());
        tokio::spawn(edge::serve(listener, auth::service(&config, app), Shutdown::new()));
        Self { server, auth, clock, _database: database }
    }

    /// Somebody who is signed in, with a tool that they have allowed: their cookie, and a JWT.
    async fn ada(&self) -> (String, String) {
        let person = Client::new(&self.auth, true).with("origin", &self.auth);
        let form = json!({"name": "Ada", "email": "ada@example.com", "password": "correct horse battery"});
        let signed_up = person.post("/api/auth/sign-up/email", &form).await;
        let cookies =
            signed_up.headers.get_all("set-cookie").iter().filter_map(|it| it.to_str().ok()?.split(';').next());
        let cookie = cookies.collect::<Vec<_>>().join("; ");
        let user: UserId = signed_up.with(200)["user"]["id"].as_str().unwrap().parse().unwrap();
        let jwt = person.get("/api/auth/token").await.with(200)["token"].as_str().unwrap().to_owned();
        let client = self.server.browser().bearer(&jwt);
        let ada = Person::of(&self.server, user, client, "linear", "ada").await;
        ada.allow_of_connection(&["list_teams", "get_issue"]).await;
        (cookie, jwt)
    }
}

#[expect(clippy::disallowed_methods, reason = "the test's tools are the machine's")]
fn tools() -> PathBuf {
    std::env::var("TEST_TOOLS").expect("TEST_TOOLS is not set; run the tests with: make test").into()
}

/// Every check of the script, by name: from an address alone to a tool's answer, past the end of the first token.
#[tokio::test]
async fn the_unmodified_clients_get_from_an_address_to_a_tools_answer() {
    let both = Both::start().await;
    let (cookie, _) = both.ada().await;
    let resource = format!("{}/mcp", both.server.url);
    let mut node = Command::new(tools().join("bin/node"))
        .args(["--input-type=module", "-", &resource, &both.auth, &cookie])
        .current_dir(tools())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    node.stdin.take().unwrap().write_all(SCRIPT.as_bytes()).await.unwrap();
    let mut lines = tokio::io::AsyncBufReadExt::lines(tokio::io::BufReader::new(node.stdout.take().unwrap()));
    let mut outcomes: Vec<Value> = Vec::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        let outcome: Value = serde_json::from_str(&line).unwrap();
        // The script waits for its tokens to end: time is ours.
        if outcome["name"] == "later" {
            both.clock.advance(TimeDelta::minutes(11));
            both.server.clock.advance(TimeDelta::minutes(11));
        }
        outcomes.push(outcome);
    }
    let failed: Vec<&Value> = outcomes.iter().filter(|outcome| outcome["outcome"] != "ok").collect();
    assert!(failed.is_empty(), "{failed:#?}");
    assert_eq!(outcomes.len(), 2 * 5 + 1, "the script ended early: {outcomes:#?}");
}

/// The inspector on the command line lists the tools and calls one; strictly, so that a schema which clients refuse is a failure.
#[tokio::test]
async fn the_inspector_lists_and_calls() {
    let both = Both::start().await;
    let (_, jwt) = both.ada().await;
    let inspector = tools().join("node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js");
    let run = async |arguments: &[&str]| {
        let output = Command::new(tools().join("bin/node"))
            .arg(&inspector)
            .args(["--cli", &format!("{}/mcp", both.server.url), "--transport", "http"])
            .args(["--header", &format!("Authorization: Bearer {jwt}")])
            .args(arguments)
            .kill_on_drop(true)
            .output()
            .await
            .unwrap();
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        let why = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), told, why)
    };
    let (status, told, why) = run(&["--method", "tools/list", "--strict"]).await;
    assert_eq!(status, Some(0), "{told} {why}");
    assert!(told.contains("linear__list_teams") && told.contains("linear__get_issue"), "{told}");
    let (status, told, why) = run(&["--method", "tools/call", "--tool-name", "linear__list_teams"]).await;
    assert_eq!(status, Some(0), "{told} {why}");
    assert!(told.contains("teams"), "{told}");
    let (status, ..) = run(&["--method", "tools/call", "--tool-name", "linear__create_issue"]).await;
    assert_ne!(status, Some(0), "a tool that is not allowed is none");
}
