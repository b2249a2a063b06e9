//! The target file: the one place that says how the services are told and loaded.

use super::{Room, given};
use crate::{place::Place, settings::Values, store::Store};
use anyhow::{Context, Result};
use serde::Deserialize;
use std::{collections::BTreeMap, fs};
use url::Url;

#[derive(Deserialize)]
pub struct Target {
    pub services: BTreeMap<String, Address>,
    pub tenants: Vec<uuid::Uuid>,
    cold_start: Vec<Start>,
}

#[derive(Deserialize)]
pub struct Address {
    pub base: Url,
}

#[derive(Deserialize)]
struct Start {
    name: String,
    env: Values,
}

/// What webhooks are signed with, unless who sends them has other ones.
const SECRETS: [(&str, &str); 2] = [
    ("BENCH_SLACK_SECRET", "slack-signing-secret-of-the-bench"),
    ("BENCH_GITHUB_SECRET", "github-webhook-secret-of-the-bench"),
];

impl Target {
    /// Fills the places of `bench/target.json` in, and keeps the outcome for whoever makes the load.
    pub fn make(place: &Place, room: &Room, values: &Values) -> Result<Self> {
        let mut text = fs::read_to_string(place.root.join("bench/target.json")).context("bench/target.json")?;
        let devstack = std::env::current_exe()?.display().to_string();
        let mut fill = |name: &str, value: &str| text = text.replace(&format!("${{{name}}}"), value);
        fill("CONNECTORS_ROOT", &place.root.display().to_string());
        fill("CONNECTORS_RUN", &room.run.display().to_string());
        fill("CONNECTORS_RELEASE", &Room::release(place).display().to_string());
        fill("CONNECTORS_DEVSTACK", &devstack);
        fill("CONNECTORS_PSQL", &Store::program(place)?.display().to_string());
        for key in ["DATABASE_URL", "REDIS_URL"] {
            fill(key, values.get(key).with_context(|| format!("{key} is not known"))?);
        }
        for (name, usual) in SECRETS {
            fill(name, given(name).as_deref().unwrap_or(usual));
        }
        crate::place::write_private(&room.target(), &text)?;
        Self::load(room)
    }

    pub fn load(room: &Room) -> Result<Self> {
        let file = room.target();
        let text = fs::read_to_string(&file)
            .with_context(|| format!("{} cannot be read; first run: make bench-up", file.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} is not a target file", file.display()))
    }

    pub fn port(&self, service: &str) -> Result<u16> {
        let port = self.services.get(service).and_then(|service| service.base.port());
        port.with_context(|| format!("the target file says no port of {service}"))
    }

    /// What a service is told.
    pub fn settings(&self, service: &str) -> Result<Values> {
        let start = self.cold_start.iter().find(|start| start.name == service);
        Ok(start.with_context(|| format!("the target file does not say how {service} starts"))?.env.clone())
    }
}
