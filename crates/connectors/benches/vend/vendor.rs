//! The vendor of the service, accounts of people there; and the ceiling, in a process of its own.

use crate::{
    ceiling,
    process::Process,
    sandbox_of::{self, LINEAR_CLIENT_ID, LINEAR_CLIENT_SECRET},
    start,
};
use sandbox::Running;
use serde_json::json;
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
        let people: Vec<String> = (0..count).map(|number| format!("somebody-{number}")).collect();
        sandbox_of::connected(service, tenant, "linear", &people, &json!({})).await
    }
}
