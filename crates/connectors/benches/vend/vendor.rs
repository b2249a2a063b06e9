//! The vendor of the service, and accounts of people there.

use crate::{
    process::Process,
    sandbox_of::{self, LINEAR_CLIENT_ID, LINEAR_CLIENT_SECRET},
    start,
};
use sandbox::Running;
use serde_json::json;
use testkit::Database;
use uuid::Uuid;

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
