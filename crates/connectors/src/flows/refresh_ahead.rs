//! Tokens are renewed before anybody has to wait for it.

use super::vend::{self, VendError, Want};
use crate::App;
use db::grants;
use futures_util::{StreamExt, stream};
use std::sync::Arc;

/// Grants looked at in one pass, and refreshes under way at the same time.
const BATCH: i64 = 100;
const AT_ONCE: usize = 8;

/// One pass over what is due. Returns how many grants were looked at.
pub async fn pass(app: &Arc<App>) -> Result<usize, VendError> {
    let due = grants::due_for_any_tenant(&app.pool, app.clock.now(), BATCH).await?;
    let count = due.len();
    stream::iter(due)
        .for_each_concurrent(AT_ONCE, async |(tenant, key)| {
            match vend::vend(app, tenant, key, Want::Fresh).await {
                Ok(_) => {}
                // The state is on the connection; a person has to act, or it ended meanwhile.
                Err(VendError::Reconnect(_) | VendError::Suspended | VendError::NotFound) => {
                    rest(app, tenant, key).await;
                }
                Err(error) => {
                    tracing::warn!(%error, connection = %key.connection, "a token could not be renewed ahead");
                }
            }
        })
        .await;
    Ok(count)
}

/// A grant that cannot be renewed until somebody acts is not looked at again.
async fn rest(app: &App, tenant: kernel::TenantId, key: kernel::GrantKey) {
    if let Err(error) = grants::rest(&app.pool, tenant, key).await {
        tracing::warn!(%error, connection = %key.connection, "a resting grant is not noted");
    }
}
