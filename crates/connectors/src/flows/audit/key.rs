//! The key of the chains: made at random when it is first needed, kept sealed.

use super::{ChainKey, KeyError, OpenError};
use crate::flows::sealing;
use db::{PgPool, audit::chain, reseal::Place};
use vault::{Context, Keyring, Sealed};

/// There is no key, or none that opens.
#[derive(Debug, thiserror::Error)]
pub enum KeyTrouble {
    #[error("it does not open with the ENCRYPTION_KEYS that are here")]
    Open(#[from] OpenError),
    #[error("it could not be sealed")]
    Seal(#[from] KeyError),
    #[error("it has disappeared while it was looked for")]
    Gone,
    #[error("the database failed")]
    Database(#[from] db::Error),
}

/// The key; made if there is none.
pub(super) async fn load(pool: &PgPool, vault: &Keyring) -> Result<ChainKey, KeyTrouble> {
    if let Some(key) = find(pool, vault).await? {
        return Ok(key);
    }
    let fresh = kernel::bytes::<32>();
    chain::keep_key(pool, &vault.seal(&fresh, &context())?).await?;
    // Of two that make one at once, both go on with the first.
    find(pool, vault).await?.ok_or(KeyTrouble::Gone)
}

/// The key, if there is one.
pub(super) async fn find(pool: &PgPool, vault: &Keyring) -> Result<Option<ChainKey>, KeyTrouble> {
    let Some(stored) = chain::key(pool).await? else { return Ok(None) };
    let opened = vault.open(&Sealed::from_bytes(stored)?, &context())?;
    Ok(Some(ChainKey::new(opened.to_vec())))
}

fn context() -> Context {
    sealing::context(Place::AuditKeys, "it")
}
