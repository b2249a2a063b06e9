//! How a grant lies in its row: sealed, with copies of its times.

use super::VendError;
use crate::{App, flows::sealing};
use chrono::{DateTime, TimeDelta, Utc};
use db::{grants, reseal::Place};
use kernel::{ConnectionId, ConnectionKind, TenantId};
use oauth::Grant;
use providers::{Refresh, Registry};
use vault::{Context, Sealed};

/// Minted tokens are renewed this long before their end.
const MINT_AHEAD: TimeDelta = TimeDelta::minutes(5);

/// When a grant ends, and when to renew it: ahead by the provider's measure, but never by more than a quarter of its life.
pub fn times(provider: &str, kind: ConnectionKind, grant: &Grant, now: DateTime<Utc>) -> grants::Times {
    let refresh = Registry::known(provider).map(|provider| provider.refresh);
    let ahead = match (kind, refresh) {
        (ConnectionKind::Installation, _) => Some(MINT_AHEAD),
        (ConnectionKind::Account, Some(Refresh::Rotating { ahead })) if grant.refresh_token.is_some() => Some(ahead),
        (ConnectionKind::Account, _) => None,
    };
    let refresh_at = grant.expires_at.zip(ahead).map(|(end, ahead)| end - ahead.min((end - now) / 4));
    grants::Times { expires_at: grant.expires_at, refresh_at }
}

/// Seals a grant for its row.
pub fn seal(app: &App, tenant: TenantId, id: ConnectionId, grant: &Grant) -> Result<Sealed, VendError> {
    Ok(app.vault.seal(grant.to_plaintext()?.expose(), &context(tenant, id))?)
}

/// Opens a grant of its row.
pub fn open(app: &App, tenant: TenantId, id: ConnectionId, sealed: Vec<u8>) -> Result<Grant, VendError> {
    let plaintext = app.vault.open(&Sealed::from_bytes(sealed)?, &context(tenant, id))?;
    Ok(Grant::from_plaintext(&plaintext)?)
}

fn context(tenant: TenantId, id: ConnectionId) -> Context {
    sealing::context(Place::Grants, format!("{tenant}/{id}"))
}
