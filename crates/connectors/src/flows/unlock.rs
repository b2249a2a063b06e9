//! Before anything is sealed or opened: do the keys open what this database holds? A wrong key is found here, not at the first
//! request.

use super::retention;
use crate::App;
use db::{MigrateError, PgPool, canaries};
use std::time::Duration;
use vault::{Context, KeyError, Keyring, OpenError, Sealed};

const KNOWN: &[u8] = b"connectors";

/// Between two attempts while the database is away or not migrated.
const PATIENCE: Duration = Duration::from_secs(1);

/// The service must not start.
#[derive(Debug, thiserror::Error)]
pub enum UnlockError {
    #[error("ENCRYPTION_KEY(S) does not open what this database holds; start with the key it was sealed under")]
    WrongKey(#[source] OpenError),
    #[error("the canary cannot be sealed")]
    Seal(#[from] KeyError),
    #[error("the database cannot be read")]
    Database(#[from] db::Error),
    #[error("the migrations did not apply")]
    Migrate(#[from] MigrateError),
}

impl UnlockError {
    /// Whether waiting helps: the database comes up after us, or is being migrated.
    fn may_pass(&self) -> bool {
        match self {
            Self::Database(error) => db::is_away(error) || db::is_unmigrated(error),
            Self::WrongKey(_) | Self::Seal(_) | Self::Migrate(_) => false,
        }
    }
}

/// Waits for the database as long as it takes, and says whether the keys are the right ones. Until then the service is not ready.
pub async fn unlock_when_possible(app: &App) -> Result<(), UnlockError> {
    let mut is_told = false;
    loop {
        match unlock(&app.pool, &app.vault).await {
            Ok(()) => break,
            Err(error) if error.may_pass() => {
                if !is_told {
                    tracing::warn!(error = &error as &dyn std::error::Error, "not ready yet; waiting for the database");
                }
                is_told = true;
                tokio::time::sleep(PATIENCE).await;
            }
            Err(error) => return Err(error),
        }
    }
    // Before the first delivery comes: a partition that is made while rows arrive for it turns one of them away.
    if let Err(error) = retention::make_room(app).await {
        tracing::warn!(%error, "partitions cannot be made now; what comes waits in the default ones");
    }
    app.standing.unlock();
    Ok(())
}

/// Opens every canary, and leaves one for the sealing key.
pub async fn unlock(pool: &PgPool, vault: &Keyring) -> Result<(), UnlockError> {
    if opened(pool, vault).await?.iter().any(|key| key == vault.sealing_id()) {
        return Ok(());
    }
    canaries::keep(pool, &canary(vault)?).await?;
    // A replica that started at the same moment may have been first, under another key of the same id.
    opened(pool, vault).await.map(|_| ())
}

/// The known value under the key that seals.
pub(super) fn canary(vault: &Keyring) -> Result<Sealed, KeyError> {
    vault.seal(KNOWN, &context(vault.sealing_id()))
}

/// Opens every canary and changes nothing. Returns how many there are.
pub async fn try_keys(pool: &PgPool, vault: &Keyring) -> Result<usize, UnlockError> {
    opened(pool, vault).await.map(|keys| keys.len())
}

/// The keys that there are canaries of, each of which opens.
async fn opened(pool: &PgPool, vault: &Keyring) -> Result<Vec<String>, UnlockError> {
    let mut keys = Vec::new();
    for stored in canaries::all(pool).await? {
        let sealed = Sealed::from_bytes(stored).map_err(UnlockError::WrongKey)?;
        vault.open(&sealed, &context(sealed.key_id())).map_err(UnlockError::WrongKey)?;
        keys.push(sealed.key_id().to_owned());
    }
    Ok(keys)
}

fn context(key_id: &str) -> Context {
    Context::new("vault_canaries", key_id, "sealed")
}
