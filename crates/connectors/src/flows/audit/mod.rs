//! The audit log's chain: lines are chained as they come, verified by whoever doubts, and dropped when they are old.

mod key;
mod links;
mod pseudonyms;
mod seal;
pub mod story;
mod trim;
mod verify;

pub use key::KeyTrouble;
pub use links::ChainKey;
pub use pseudonyms::{Pseudonyms, adopt, erase, has_chain, rename};
pub use seal::{pass, seal_all};
pub use trim::trim;
pub use verify::{Anchor, AnchorFault, Break, Verdict, VerifyError, verify};

use crate::App;
use vault::{KeyError, OpenError};

/// Lines are not chained, dropped or erased.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    #[error("the key of the audit log cannot be had")]
    Key(#[from] KeyTrouble),
    #[error("the ends of a chain were changed by somebody without the key; look with: connectors audit verify")]
    Tampered,
    #[error("the database failed")]
    Database(#[from] db::Error),
}

/// The key of the chains, read once a process.
pub async fn key(app: &App) -> Result<&ChainKey, KeyTrouble> {
    app.memory.audit_key.get_or_try_init(|| key::load(&app.pool, &app.vault)).await
}
