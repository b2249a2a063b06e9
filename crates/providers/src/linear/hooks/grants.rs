//! What happens to the connection itself.

use crate::{
    Lifecycle, ReadError, Reading, Whose,
    document::{Document, Value},
};
use kernel::Health;

/// An administrator removed the app from the workspace: every connection in it has ended.
pub(super) fn app_removed(document: &Document<'_>) -> Result<Reading, ReadError> {
    let whose = Whose::Organization(document.id("/organizationId")?);
    Ok(about(whose.clone(), Some(Lifecycle { whose, health: Health::Removed })))
}

/// What one person lets the app do has changed. It has ended where Linear says so and no token of theirs is left.
pub(super) fn authorization(document: &Document<'_>, action: &str) -> Result<Reading, ReadError> {
    let whose = Whose::Organization(document.id("/organizationId")?);
    let left = document.find("/activeTokensForUser").and_then(Value::as_u64).unwrap_or_default();
    let ended = action == "revoked" && left == 0;
    let lifecycle = if ended {
        let person = document.optional_id("/userId").or_else(|| document.optional_id("/user/id"));
        let person = person.ok_or_else(|| document.lacks("/userId"))?;
        Some(Lifecycle { whose: Whose::Account(person), health: Health::Removed })
    } else {
        None
    };
    Ok(about(whose, lifecycle))
}

/// The app may read other teams than before. The grant is the same.
pub(super) fn permissions(document: &Document<'_>) -> Result<Reading, ReadError> {
    Ok(about(Whose::Organization(document.id("/organizationId")?), None))
}

fn about(whose: Whose, lifecycle: Option<Lifecycle>) -> Reading {
    Reading {
        whose,
        signals: Vec::new(),
        lifecycle: lifecycle.into_iter().collect(),
        stale: Vec::new(),
        recognised: true,
    }
}
