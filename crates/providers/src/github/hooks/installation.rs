//! `installation` and `github_app_authorization`: what happens to the connection itself.

use crate::{Lifecycle, ReadError, Reading, Whose, document::Document};
use kernel::Health;

pub(super) fn read(document: &Document<'_>, action: &str) -> Result<Reading, ReadError> {
    let whose = Whose::Installation(document.id("/installation/id")?);
    let health = match action {
        "deleted" => Some(Health::Removed),
        "suspend" => Some(Health::Paused),
        "unsuspend" => Some(Health::Resumed),
        // A connection begins with the person who comes back from GitHub, not with the delivery; and minted tokens carry
        // new permissions by themselves.
        "created" | "new_permissions_accepted" => None,
        _ => return Ok(Reading::unrecognised(whose)),
    };
    Ok(about(whose, health))
}

/// A person took the app's authorisation away. The payload names nothing but the person.
pub(super) fn read_authorization(document: &Document<'_>, action: &str) -> Result<Reading, ReadError> {
    let whose = Whose::Account(document.id("/sender/id")?);
    Ok(match action {
        "revoked" => about(whose, Some(Health::Removed)),
        _ => Reading::unrecognised(whose),
    })
}

fn about(whose: Whose, health: Option<Health>) -> Reading {
    let lifecycle = health.map(|health| Lifecycle { whose: whose.clone(), health }).into_iter().collect();
    Reading { whose, signals: Vec::new(), lifecycle, stale: Vec::new(), recognised: true }
}
