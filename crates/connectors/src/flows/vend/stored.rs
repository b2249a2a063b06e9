//! How a grant lies in its row: sealed, with copies of its times.

use super::VendError;
use crate::{App, flows::sealing};
use chrono::{DateTime, TimeDelta, Utc};
use db::{grants, reseal::Place};
use kernel::{ConnectionKind, GrantKey, GrantRole, TenantId};
use oauth::Grant;
use providers::{Provider, Refresh};
use vault::{Context, Sealed};

/// Minted tokens are renewed this long before their end.
const MINT_AHEAD: TimeDelta = TimeDelta::minutes(5);

/// When a grant ends, and when to renew it: ahead by the provider's measure, but never by more than a quarter of its life.
pub fn times(provider: &Provider, kind: ConnectionKind, grant: &Grant, now: DateTime<Utc>) -> grants::Times {
    let ahead = match (kind, provider.refresh()) {
        (ConnectionKind::Installation, _) => Some(MINT_AHEAD),
        (ConnectionKind::Account, Refresh::Kept { ahead } | Refresh::Replaced { ahead, .. }) => {
            Some(ahead).filter(|_| grant.refresh_token.is_some())
        }
        (ConnectionKind::Account, Refresh::Never) => None,
    };
    let refresh_at = grant.expires_at.zip(ahead).map(|(end, ahead)| end - ahead.min((end - now) / 4));
    grants::Times { obtained_at: now, expires_at: grant.expires_at, refresh_at }
}

/// Seals a grant for its row. A companion has a row of its own.
pub fn seal(app: &App, tenant: TenantId, key: GrantKey, grant: &Grant) -> Result<Sealed, VendError> {
    let alone = Grant { companion: None, ..grant.clone() };
    Ok(app.vault.seal(alone.to_plaintext()?.expose(), &context(tenant, key))?)
}

/// Opens a grant of its row.
pub fn open(app: &App, tenant: TenantId, key: GrantKey, sealed: Vec<u8>) -> Result<Grant, VendError> {
    let plaintext = app.vault.open(&Sealed::from_bytes(sealed)?, &context(tenant, key))?;
    Ok(Grant::from_plaintext(&plaintext)?)
}

fn context(tenant: TenantId, key: GrantKey) -> Context {
    let GrantKey { connection, role } = key;
    sealing::context(
        Place::Grants,
        match role {
            GrantRole::Primary => format!("{tenant}/{connection}"),
            GrantRole::User => format!("{tenant}/{connection}/{}", role.word()),
        },
    )
}
