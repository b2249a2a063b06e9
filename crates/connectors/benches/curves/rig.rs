//! Several processes of the service on one database, known under one address, and the vendor of their connections.

use crate::{
    large,
    process::Process,
    receiver,
    sandbox_of::{self, LINEAR_CLIENT_ID, LINEAR_CLIENT_SECRET},
    start,
};
use sandbox::Running;
use serde_json::json;
use std::{mem::ManuallyDrop, ops::Range};
use testkit::Database;
use uuid::Uuid;

pub struct Rig {
    pub database: ManuallyDrop<Database>,
    vendors: Running,
    /// Where people are sent back to.
    origin: String,
}

impl Rig {
    pub async fn start() -> Self {
        let origin = start::free_origin();
        Self { database: large::database().await, vendors: sandbox_of::start(&origin).await, origin }
    }

    /// The one that people are sent back to.
    pub async fn first(&self) -> Process {
        self.at(self.origin.clone()).await
    }

    pub async fn another(&self) -> Process {
        self.at(start::free_origin()).await
    }

    async fn at(&self, origin: String) -> Process {
        let vendor = format!("{}/linear", self.vendors.url);
        let shared = [
            ("PUBLIC_URL", self.origin.as_str()),
            ("AUTH_ISSUER", &self.origin),
            ("AUTH_AUDIENCE", &self.origin),
            ("LINEAR_CLIENT_ID", LINEAR_CLIENT_ID),
            ("LINEAR_CLIENT_SECRET", LINEAR_CLIENT_SECRET),
            ("LINEAR_BASE_URL", &vendor),
        ];
        start::start(&self.database, origin, &[&receiver::SETTINGS[..], &shared].concat()).await
    }

    /// Connections of a tenant to the accounts of these people, made as an operator makes them.
    pub async fn connect(&self, first: &Process, tenant: Uuid, people: Range<usize>) -> Vec<Held> {
        let people: Vec<String> = people.map(|number| format!("somebody-{number}")).collect();
        let ids = sandbox_of::connected(first, tenant, "linear", &people, &json!({})).await;
        ids.into_iter().map(|connection| Held { tenant, connection }).collect()
    }
}

/// A connection whose token can be asked for.
pub struct Held {
    pub tenant: Uuid,
    pub connection: String,
}
