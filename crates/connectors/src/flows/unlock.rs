//! At start: do the keys open what this database holds? A wrong key is found here, not at the first request.

use db::{MigrateError, PgPool, canaries};
use vault::{Context, KeyError, Keyring, OpenError, Sealed};

const KNOWN: &[u8] = b"connectors";

/// The service must not start.
#[derive(Debug, thiserror::Error)]
pub enum UnlockError {
    #[error("ENCRYPTION_KEY(S) does not open what this database holds; start with the key it was sealed under")]
    WrongKey(#[source] OpenError),
    #[error("the canary cannot be sealed")]
    Seal(#[from] KeyError),
    #[error("the database cannot be read; is it migrated? run: connectors migrate")]
    Database(#[from] db::Error),
    #[error("the migrations did not apply")]
    Migrate(#[from] MigrateError),
}

/// Opens every canary, and leaves one for the sealing key.
pub async fn unlock(pool: &PgPool, vault: &Keyring) -> Result<(), UnlockError> {
    open_all(pool, vault).await?;
    canaries::keep(pool, &canary(vault)?).await?;
    // A replica that started at the same moment may have been first, under another key of the same id.
    open_all(pool, vault).await
}

/// The known value under the key that seals.
pub(super) fn canary(vault: &Keyring) -> Result<Sealed, KeyError> {
    vault.seal(KNOWN, &context(vault.sealing_id()))
}

async fn open_all(pool: &PgPool, vault: &Keyring) -> Result<(), UnlockError> {
    for stored in canaries::all(pool).await? {
        let sealed = Sealed::from_bytes(stored).map_err(UnlockError::WrongKey)?;
        vault.open(&sealed, &context(sealed.key_id())).map_err(UnlockError::WrongKey)?;
    }
    Ok(())
}

fn context(key_id: &str) -> Context {
    Context::new("vault_canaries", key_id, "sealed")
}
