//! A person or a tenant is erased: their lines stay in the chain, and no longer say who it was.

use super::{AuditError, key, seal};
use crate::App;
use db::audit::chain::{self, Link};
use hmac::{Hmac, KeyInit, Mac};
use kernel::TenantId;
use sha2::Sha256;

/// Lines that are rewritten in one transaction.
const BATCH: i64 = 1000;

/// What stands in place of what a line said. The same for the same, as long as the pepper is kept.
pub struct Pseudonyms<'a> {
    pub pepper: &'a [u8],
}

impl Pseudonyms<'_> {
    fn of(&self, text: &str) -> String {
        // HMAC takes a key of any length; the branch exists because the type cannot say so.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.pepper) else { return "erased".to_owned() };
        mac.update(text.as_bytes());
        format!("erased:{}", hex::encode(&mac.finalize().into_bytes()[..8]))
    }

    /// Backends, vendors and the system are nobody's persons.
    fn of_actor(&self, actor: &str) -> String {
        if actor.starts_with("user:") { self.of(actor) } else { actor.to_owned() }
    }
}

/// Gives to a pseudonym that has the tenant's log already what was written behind that: by requests and jobs that were under way. It goes
/// to the end of the pseudonym's chain. `false`: somebody else is at the chain, come again.
pub async fn adopt(
    app: &App,
    tenant: TenantId,
    name: TenantId,
    pseudonyms: &Pseudonyms<'_>,
) -> Result<bool, AuditError> {
    loop {
        let mut transaction = app.pool.begin().await?;
        // They may have been chained by now, as the beginning of another chain.
        let is_chained = chain::ends(&mut *transaction, tenant).await?.is_some();
        if is_chained && chain::hold(&mut *transaction, tenant).await?.is_none() {
            transaction.rollback().await?;
            return Ok(false);
        }
        let lines = chain::lines(&mut *transaction, tenant, BATCH).await?;
        let renamed: Vec<_> =
            lines.iter().map(|line| (line.id, pseudonyms.of_actor(&line.actor), pseudonyms.of(&line.target))).collect();
        chain::give_unchained(&mut *transaction, tenant, name, &renamed).await?;
        let are_all = i64::try_from(lines.len()).is_ok_and(|count| count < BATCH);
        if are_all {
            chain::end(&mut *transaction, tenant).await?;
        }
        transaction.commit().await?;
        if are_all {
            return Ok(true);
        }
    }
}

/// Whether a tenant has a chain.
pub async fn has_chain(app: &App, tenant: TenantId) -> Result<bool, AuditError> {
    Ok(chain::ends(&app.pool, tenant).await?.is_some())
}

/// Takes the words out of a tenant's lines: of all, or of those of one actor. `false`: somebody else is at the chain, come again.
pub async fn erase(
    app: &App,
    tenant: TenantId,
    pseudonyms: &Pseudonyms<'_>,
    only: Option<&str>,
) -> Result<bool, AuditError> {
    if !chained(app, tenant, only).await? {
        return Ok(false);
    }
    let key = key(app).await?;
    let mut after = i64::MIN;
    loop {
        let mut transaction = app.pool.begin().await?;
        if chain::ends(&mut *transaction, tenant).await?.is_none() {
            return Ok(true);
        }
        // Erasing has its own mark, so that a chain that was tampered with is erased all the same, and stays broken.
        let Some(_ends) = chain::hold(&mut *transaction, tenant).await? else { return Ok(false) };
        let lines = chain::links(&mut *transaction, tenant, after, BATCH).await?;
        let Some(last) = lines.last().and_then(|line| line.seq) else {
            // Here and now: who holds the chain next would find it held still.
            transaction.rollback().await?;
            return Ok(true);
        };
        after = last;
        let is_meant = |line: &&Link| only.is_none_or(|only| line.actor == only);
        let erased: Vec<_> = lines
            .iter()
            .filter(is_meant)
            .filter_map(|line| key.erased(line, pseudonyms.of_actor(&line.actor), pseudonyms.of(&line.target)))
            .collect();
        chain::erase(&mut *transaction, tenant, &erased).await?;
        transaction.commit().await?;
    }
}

/// Chains what is left. To a chain whose ends were tampered with nothing is chained: its last lines go instead, for a person's right
/// does not wait for that to be cleared up.
async fn chained(app: &App, tenant: TenantId, only: Option<&str>) -> Result<bool, AuditError> {
    loop {
        match seal::some_of(app, tenant).await {
            Ok(true) => {}
            Ok(false) => break,
            Err(AuditError::Tampered) => {
                if only.is_none() {
                    tracing::error!(%tenant, "the audit log of an erased tenant was tampered with; its last lines are dropped");
                    chain::drop_unchained(&app.pool, tenant).await?;
                }
                return Ok(true);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(chain::count_unchained(&app.pool, tenant).await? == 0)
}

/// Gives the log of a tenant, all of whose lines are erased, to a pseudonym. `false`: come again.
pub async fn rename(app: &App, tenant: TenantId, name: TenantId) -> Result<bool, AuditError> {
    let key = key(app).await?;
    let mut transaction = app.pool.begin().await?;
    if chain::ends(&mut *transaction, tenant).await?.is_none() {
        return Ok(true);
    }
    let Some(ends) = chain::hold(&mut *transaction, tenant).await? else { return Ok(false) };
    if chain::count_unchained(&mut *transaction, tenant).await? > 0 {
        return Ok(false);
    }
    // Ends that were tampered with do not become right by this.
    let mac = if key.holds_ends(tenant, &ends) { key.of_ends(name, &ends) } else { ends.mac };
    chain::rename(&mut transaction, tenant, name, &mac).await?;
    transaction.commit().await?;
    Ok(true)
}
