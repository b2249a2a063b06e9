//! What was started and never finished goes away; grants that nobody claimed are ended at their vendors.

use super::{connect, revoke, vend::VendError};
use crate::App;
use db::{pending, starts, states};

const BATCH: i64 = 100;

pub async fn pass(app: &App) -> Result<(), VendError> {
    let now = app.clock.now();
    states::sweep(&app.pool, now).await?;
    starts::sweep(&app.pool, now).await?;
    let mut transaction = app.pool.begin().await?;
    for unclaimed in pending::take_expired(&mut *transaction, now, BATCH).await? {
        let grant = match connect::open_pending(app, unclaimed.id, unclaimed.sealed) {
            Ok(grant) => grant,
            // Nobody can end it any more; the others of the batch need not stay for it.
            Err(error) => {
                tracing::warn!(%error, provider = unclaimed.provider, "an unclaimed grant does not open and is dropped");
                continue;
            }
        };
        let ending = revoke::Ending {
            provider: &unclaimed.provider,
            kind: kernel::ConnectionKind::Account,
            installation: "",
            grant: &grant,
        };
        revoke::enqueue(app, &mut transaction, &ending).await?;
    }
    transaction.commit().await?;
    Ok(())
}
