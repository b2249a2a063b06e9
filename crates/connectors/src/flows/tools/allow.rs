//! What a person has allowed: the list as it is, and another one in its place.

use super::OWN;
use crate::App;
use agent::{Allowed, Approval};
use chrono::{DateTime, Utc};
use db::{
    agent_tools::{self, Entry},
    audit,
};
use kernel::UserId;
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Of one person. More than the tools of anybody's connections, and few enough to be read before each run.
pub const MOST: usize = 1_000;

/// The list stays as it was.
#[derive(Debug, thiserror::Error)]
pub enum AllowError {
    /// By its place in the list.
    #[error("an entry names a source that the person does not have")]
    NoSuchSource { at: usize },
    #[error("an entry cannot be read back")]
    Stored,
    #[error("the database failed")]
    Database(#[from] db::Error),
}

/// What this person has allowed, in a fixed order.
pub async fn allowed(app: &App, user: UserId) -> Result<Vec<Allowed>, AllowError> {
    let stored = agent_tools::of(&app.pool, user.personal_tenant(), user).await?;
    stored.into_iter().map(|entry| read(entry).ok_or(AllowError::Stored)).collect()
}

/// Makes this the list, each tool once. Sources are this service and connections of the person, by their ids.
pub async fn allow(app: &App, user: UserId, list: &[Allowed]) -> Result<(), AllowError> {
    let (tenant, now) = (user.personal_tenant(), app.clock.now());
    let named: BTreeSet<Uuid> = list.iter().filter_map(|entry| entry.source.parse().ok()).collect();
    let named: Vec<Uuid> = named.into_iter().collect();
    let entries = list.iter().map(|entry| written(entry, now)).collect::<Result<Vec<Entry>, _>>();
    let entries = entries.map_err(|_| AllowError::Stored)?;
    let mut transaction = app.pool.begin().await?;
    agent_tools::hold(&mut *transaction, tenant, user).await?;
    let theirs = agent_tools::hold_sources(&mut *transaction, tenant, user, &named).await?;
    let is_theirs = |source: &str| source == OWN || theirs.iter().any(|id| id.to_string() == source);
    if let Some(at) = list.iter().position(|entry| !is_theirs(&entry.source)) {
        return Err(AllowError::NoSuchSource { at });
    }
    agent_tools::replace(&mut transaction, tenant, user, &entries).await?;
    let line = audit::Entry {
        at: now,
        actor: &format!("user:{user}"),
        action: "agent_tools.replace",
        target: &user.to_string(),
        detail: json!({ "tools": entries.len() }),
    };
    audit::append(&mut *transaction, tenant, line).await?;
    transaction.commit().await?;
    Ok(())
}

fn read(entry: Entry) -> Option<Allowed> {
    let Entry { source, tool, fingerprint, approval, arguments, allowed_at: _ } = entry;
    let approval: Approval = serde_json::from_value(approval.into()).ok()?;
    Some(Allowed { source, tool, fingerprint, approval, arguments: serde_json::from_value(arguments).ok()? })
}

fn written(allowed: &Allowed, at: DateTime<Utc>) -> Result<Entry, serde_json::Error> {
    let Allowed { source, tool, fingerprint, approval, arguments } = allowed;
    Ok(Entry {
        source: source.clone(),
        tool: tool.clone(),
        fingerprint: fingerprint.clone(),
        approval: match approval {
            Approval::Never => "never",
            Approval::EachCall => "each_call",
        }
        .to_owned(),
        arguments: serde_json::to_value(arguments)?,
        allowed_at: at,
    })
}
