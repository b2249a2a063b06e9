//! A vendor counts what is asked of it, whoever of us asks: people through the proxy, fetching by schedule, each replica. What it
//! says of that is kept in one place, and read before the next call.

use crate::App;
use chrono::{DateTime, TimeDelta, Utc};
use db::{
    budgets::{self, Of, Rest},
    grants,
};
use http::HeaderMap;
use kernel::{Connection, GrantKey, TenantId, sha256};
use providers::{Configured, Pool, Quota};

/// A vendor that names a longer pause than this is asked whether it has meant it.
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(24);
/// After an answer that asks for a pause and does not say for how long.
const USUAL_PAUSE: TimeDelta = TimeDelta::minutes(1);

/// For whom a call is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum For {
    /// Somebody waits for the answer.
    Somebody,
    /// It runs by itself, and leaves the last of a quota to those who wait.
    Itself,
}

/// What a connection's calls are counted with.
pub struct Budget<'a> {
    app: &'a App,
    configured: &'a Configured,
    connection: &'a Connection,
    /// The client that the grant is of, whatever has been entered since.
    client_id: String,
    /// Whose client that is.
    tenant: TenantId,
}

impl<'a> Budget<'a> {
    pub async fn of(app: &'a App, configured: &'a Configured, connection: &'a Connection) -> Result<Self, db::Error> {
        let known = grants::client(&app.pool, connection.tenant, GrantKey::primary(connection.id)).await?;
        let client_id = known.unwrap_or_else(|| configured.settings.client_id.clone());
        let operators = app.providers.get().settings(&configured.provider.slug).map(|own| own.client_id.clone());
        let tenant = if operators.as_ref() == Some(&client_id) { TenantId::UNADDRESSED } else { connection.tenant };
        Ok(Self { app, configured, connection, client_id, tenant })
    }

    fn whose(&self) -> Of<'_> {
        Of { tenant: self.tenant, provider: &self.configured.provider.slug }
    }

    /// `path`: of a request, where the pool is a method's.
    fn key(&self, pool: Pool, path: &str) -> [u8; 32] {
        let (client, account) = (&self.client_id, self.connection.account_id.as_str());
        let org = self.connection.org_id.as_deref().unwrap_or(account);
        let named = match pool {
            Pool::App => format!("app\n{client}"),
            Pool::Organization => format!("organization\n{client}\n{org}"),
            Pool::Account => format!("account\n{client}\n{account}"),
            Pool::Method => format!("method\n{client}\n{org}\n{path}"),
        };
        sha256(named)
    }

    /// Until when a call has to wait. `path`: of the request, where it is known before it is made.
    pub async fn rests_until(&self, path: Option<&str>, whom: For) -> Result<Option<DateTime<Utc>>, db::Error> {
        let mut keys = vec![self.key(Pool::App, ""), self.key(Pool::Organization, ""), self.key(Pool::Account, "")];
        keys.extend(path.map(|path| self.key(Pool::Method, path)));
        let keys: Vec<&[u8]> = keys.iter().map(<[u8; 32]>::as_slice).collect();
        let rest = budgets::rest(&self.app.pool, self.whose(), &keys, self.app.clock.now()).await?;
        Ok(match whom {
            For::Somebody => rest.paused_until,
            For::Itself => rest.paused_until.max(rest.spared_until),
        })
    }

    /// The vendor has asked for a pause, in an answer with these headers. Returns its end.
    pub async fn pause(
        &self,
        path: &str,
        headers: &HeaderMap,
        pause: Option<TimeDelta>,
    ) -> Result<DateTime<Utc>, db::Error> {
        let until = self.app.clock.now() + bounded(pause.unwrap_or(USUAL_PAUSE));
        let pool = self.configured.provider.vendor.pool(headers);
        let rest = Rest { paused_until: Some(until), spared_until: None };
        budgets::note(&self.app.pool, self.whose(), &self.key(pool, path), rest).await?;
        Ok(until)
    }

    /// What an answer says of the quota. If little is left, what runs by itself rests until that, which is returned.
    pub async fn hear(&self, path: &str, headers: &HeaderMap) -> Result<Option<DateTime<Utc>>, db::Error> {
        let (vendor, now) = (&self.configured.provider.vendor, self.app.clock.now());
        let Some(quota) = vendor.quota(headers, now).filter(Quota::is_low) else { return Ok(None) };
        let until = now + quota.lasts(now);
        if until <= now {
            return Ok(None);
        }
        let rest = Rest { paused_until: None, spared_until: Some(until) };
        budgets::note(&self.app.pool, self.whose(), &self.key(vendor.pool(headers), path), rest).await?;
        Ok(Some(until))
    }
}

/// As the vendor asks, within reason.
pub fn bounded(pause: TimeDelta) -> TimeDelta {
    pause.clamp(TimeDelta::seconds(1), LONGEST_PAUSE)
}
