//! The vendor of the service, accounts of people there; and the ceiling, in a process of its own.

use crate::{
    ceiling,
    process::Process,
    sandbox_of::{self, LINEAR_CLIENT_ID, LINEAR_CLIENT_SECRET},
    start::{self, OPERATOR},
};
use reqwest::Client;
use sandbox::Running;
use serde_json::Value;
use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};
use testkit::Database;
use uuid::Uuid;

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
        let callback_origin = start::free_origin();
        let running = sandbox_of::start(&callback_origin).await;
        Self { running, callback_origin }
    }

    /// The service that it sends people back to.
    pub async fn service(&self, database: &Database) -> Process {
        let linear = [
            ("LINEAR_CLIENT_ID", LINEAR_CLIENT_ID),
            ("LINEAR_CLIENT_SECRET", LINEAR_CLIENT_SECRET),
            ("LINEAR_BASE_URL", &format!("{}/linear", self.running.url)),
        ];
        start::start(database, self.callback_origin.clone(), &linear).await
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
