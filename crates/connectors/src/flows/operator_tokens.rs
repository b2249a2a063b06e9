//! Operator tokens that may do only what they are for: made, recognised, revoked.

use crate::{
    App,
    config::Operator,
    rights::{Action, Allowed, Rights},
};
use chrono::{DateTime, TimeDelta, Utc};
use db::{PgPool, audit, operator_tokens};
use kernel::{Clock, Secret, TenantId, sha256};
use serde_json::json;
use std::{collections::BTreeSet, sync::Arc};
use uuid::Uuid;

/// How a token of the database begins: scanners find it in a leak, and what begins otherwise costs no query.
const PREFIX: &str = "cop_";
/// The prefix and 256 bits in base64url.
const LENGTH: usize = PREFIX.len() + 43;
/// A use is written down at most this often.
const USE_PRECISION: TimeDelta = TimeDelta::minutes(1);
const LONGEST_LABEL: usize = 100;

/// What a new token is to be.
pub struct Wish {
    pub label: String,
    pub rights: Rights,
    pub lifetime: TimeDelta,
}

/// A token that was made. Its text is shown once and kept nowhere.
pub struct Created {
    pub id: Uuid,
    pub token: Secret,
    pub fingerprint: String,
    pub expires_at: DateTime<Utc>,
}

/// No token was made or ended.
#[derive(Debug, thiserror::Error)]
pub enum TokensError {
    #[error("a label has 1 to {LONGEST_LABEL} characters, none of them control characters")]
    Label,
    #[error("no provider has the name {0:?}")]
    UnknownProvider(String),
    #[error("no tenant has the id {0}; create it first: PUT /tenants/{0}")]
    UnknownTenant(TenantId),
    #[error("no token with this id is there to be revoked")]
    UnknownToken,
    #[error("the database failed; is it migrated? run: connectors migrate")]
    Database(#[from] db::Error),
}

/// Makes a token. Names that exist nowhere are refused: they would allow nothing, or something else one day.
pub async fn create(
    pool: &PgPool,
    clock: &Clock,
    wish: &Wish,
    is_provider: impl Fn(&str) -> bool,
) -> Result<Created, TokensError> {
    let characters = wish.label.chars().count();
    if !(1..=LONGEST_LABEL).contains(&characters) || wish.label.chars().any(char::is_control) {
        return Err(TokensError::Label);
    }
    let mut transaction = pool.begin().await?;
    let providers = match &wish.rights.providers {
        Allowed::All => None,
        Allowed::Only(some) => Some(some.iter().cloned().collect::<Vec<_>>()),
    };
    if let Some(unknown) = providers.iter().flatten().find(|slug| !is_provider(slug)) {
        return Err(TokensError::UnknownProvider(unknown.clone()));
    }
    let tenants = match &wish.rights.tenants {
        Allowed::All => None,
        Allowed::Only(some) => Some(some),
    };
    for tenant in tenants.into_iter().flatten() {
        if !db::tenants::exists(&mut *transaction, *tenant).await? {
            return Err(TokensError::UnknownTenant(*tenant));
        }
    }
    let token = Secret::from(format!("{PREFIX}{}", kernel::token()));
    let (id, hash, now) = (Uuid::now_v7(), sha256(token.expose()), clock.now());
    let expires_at = now + wish.lifetime;
    let new = operator_tokens::NewToken {
        id,
        hash,
        label: &wish.label,
        tenants: tenants.map(|some| some.iter().map(TenantId::as_uuid).collect()),
        providers,
        actions: wish.rights.actions.iter().map(|action| action.word()).collect(),
        created_at: now,
        expires_at,
    };
    operator_tokens::keep(&mut *transaction, new).await?;
    let fingerprint = Operator::fingerprint_of(&hash);
    let detail = json!({ "label": wish.label, "fingerprint": fingerprint });
    write_down(&mut transaction, now, "operator_token.create", id, detail).await?;
    transaction.commit().await?;
    Ok(Created { id, token, fingerprint, expires_at })
}

/// Ends a token; the next request that shows it is refused, at every replica.
pub async fn revoke(pool: &PgPool, clock: &Clock, id: Uuid) -> Result<(), TokensError> {
    let (mut transaction, now) = (pool.begin().await?, clock.now());
    let hash = operator_tokens::revoke(&mut *transaction, id, now).await?.ok_or(TokensError::UnknownToken)?;
    let detail = json!({ "fingerprint": Operator::fingerprint_of(&hash) });
    write_down(&mut transaction, now, "operator_token.revoke", id, detail).await?;
    transaction.commit().await?;
    Ok(())
}

/// Whoever has a shell here is the system; the line belongs to no tenant.
async fn write_down(
    transaction: &mut db::PgConnection,
    at: DateTime<Utc>,
    action: &str,
    id: Uuid,
    detail: serde_json::Value,
) -> Result<(), db::Error> {
    let entry = audit::Entry { at, actor: "system", action, target: &id.to_string(), detail };
    audit::append(transaction, TenantId::UNADDRESSED, entry).await
}

/// Whether this can only be a token of the database: then it is nothing else, neither a JWT nor one of the environment's.
pub fn is_one(presented: &Secret) -> bool {
    presented.expose().starts_with(PREFIX)
}

/// The operator whose token this is, unless it is unknown, has ended or was revoked. Asked of the database each time, so
/// that a revocation needs to be told to nobody.
pub async fn recognize(app: &Arc<App>, presented: &Secret) -> Result<Option<Operator>, db::Error> {
    if presented.expose().len() != LENGTH {
        return Ok(None);
    }
    let (hash, now) = (sha256(presented.expose()), app.clock.now());
    let Some(stored) = operator_tokens::find_live(&app.pool, &hash, now).await? else { return Ok(None) };
    if stored.last_used_at.is_none_or(|at| at <= now - USE_PRECISION) {
        let (app, id) = (Arc::clone(app), stored.id);
        let tracker = app.memory.unfinished.clone();
        // Beside the request: a use that cannot be noted makes nobody wait and refuses nobody.
        tracker.spawn(async move {
            if let Err(error) = operator_tokens::note_use(&app.pool, id, now, USE_PRECISION).await {
                tracing::warn!(%error, token = %id, "the use of an operator token is not noted");
            }
        });
    }
    let (fingerprint, token_id) = (Operator::fingerprint_of(&hash), Some(stored.id));
    Ok(Some(Operator { fingerprint, token_id, rights: Arc::new(rights(stored)) }))
}

/// Whether a token that has been recognised still holds. For who has been let in and stays.
pub async fn still_holds(app: &App, id: Uuid) -> Result<bool, db::Error> {
    operator_tokens::is_live(&app.pool, id, app.clock.now()).await
}

fn rights(stored: operator_tokens::Stored) -> Rights {
    let tenants = stored.tenants.map(|some| some.into_iter().map(TenantId::from_uuid).collect::<BTreeSet<_>>());
    let providers = stored.providers.map(|some| some.into_iter().collect::<BTreeSet<_>>());
    Rights {
        tenants: tenants.map_or(Allowed::All, Allowed::Only),
        providers: providers.map_or(Allowed::All, Allowed::Only),
        // A word of another release allows nothing in this one.
        actions: stored.actions.iter().filter_map(|word| word.parse::<Action>().ok()).collect(),
    }
}
