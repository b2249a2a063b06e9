//! The one door through which a connection's state changes: the row, a line in the audit log and a signal, in one
//! transaction.

use super::{hooks, months};
use crate::App;
use chrono::{DateTime, Utc};
use db::{
    agent_tools, audit, connections,
    deliveries::Claimed,
    records,
    signals::{self, Write},
    streams,
};
use kernel::{Connection, ConnectionId, Health, NewSignal, SignalKind, Status, Subject, TenantId};
use serde_json::{Value, json};
use uuid::Uuid;

/// Who or what changes it.
pub enum Because<'a> {
    /// A person or backend, as the audit log names them, asked for it.
    Caller { name: &'a str, action: &'a str, detail: Value },
    /// The vendor told us, in this delivery's lifecycle event of this number.
    Delivery { delivery: &'a Claimed, ordinal: i16, payload: &'a str },
    /// An attempt to renew its token showed it.
    Refresh,
}

/// When the signal of a change is written. It takes a position in the tenant's feed, which has to be the last thing that a
/// transaction takes.
pub enum Telling<'a> {
    /// Nothing of another tenant is touched by the transaction.
    Now,
    /// The caller writes them all together at the end.
    Later(&'a mut Vec<Told>),
}

/// A signal of a change that is yet to be written.
pub struct Told {
    tenant: TenantId,
    connection: ConnectionId,
    provider: String,
    delivery: Option<Uuid>,
    ordinal: i16,
    received_at: DateTime<Utc>,
    signal: NewSignal,
    payload: String,
}

impl Told {
    pub fn write(&self) -> Write<'_> {
        Write {
            tenant: self.tenant,
            connection: Some(self.connection),
            provider: &self.provider,
            delivery: self.delivery,
            ordinal: self.ordinal,
            received_at: self.received_at,
            signal: &self.signal,
            payload: &self.payload,
        }
    }
}

/// Moves a connection, from what its row says now. `None`: there is none, or what the vendor told is about an earlier grant. The caller's transaction holds the row from here
/// on; the first of the pair is what it was before.
pub async fn shift(
    app: &App,
    transaction: &mut db::PgConnection,
    connection: &Connection,
    health: Health,
    because: Because<'_>,
    telling: Telling<'_>,
) -> Result<Option<(Status, Status)>, db::Error> {
    let now = app.clock.now();
    let held = connections::find_and_hold(&mut *transaction, connection.tenant, connection.id).await?;
    let Some(held) = held else { return Ok(None) };
    // Read late, or replayed: the person has consented anew since.
    if let Because::Delivery { delivery, .. } = &because
        && connections::is_consented_after(&mut *transaction, held.tenant, held.id, delivery.received_at).await?
    {
        return Ok(None);
    }
    let next = held.status.after(health);
    if next != held.status {
        connections::set_status(&mut *transaction, held.tenant, held.id, &next, now).await?;
        match (&held.status, &next) {
            (_, Status::Revoked) => {
                hooks::forget(&mut *transaction, held.tenant, held.id).await?;
                // Whoever connects the account again decides anew what an agent may do with it.
                agent_tools::forget_source(&mut *transaction, held.tenant, held.id).await?;
            }
            // Its hooks may have ended meanwhile, and what is to be watched may be something else.
            (Status::NeedsReauth { .. } | Status::Suspended, Status::Active) => {
                hooks::ask(app, &mut *transaction, &held).await?;
            }
            _ => {}
        }
        fetch_or_forget(&mut *transaction, &held, &next, now).await?;
        if let Some(kind) = next.told_after(&held.status) {
            let before = Some(held.status.word());
            let moved = Connection { status: next.clone(), ..held.clone() };
            let told = note(&mut *transaction, &moved, kind, before, because, now).await?;
            match telling {
                Telling::Now => tell(app, transaction, &told).await?,
                Telling::Later(others) => others.push(told),
            }
        }
    }
    Ok(Some((held.status, next)))
}

/// What is fetched ends with the connection, and goes on when it has a token to give again.
async fn fetch_or_forget(
    transaction: &mut db::PgConnection,
    held: &Connection,
    next: &Status,
    now: DateTime<Utc>,
) -> Result<(), db::Error> {
    let gives = |status: &Status| matches!(status, Status::Active | Status::Degraded { .. });
    match next {
        Status::Revoked => {
            streams::forget(&mut *transaction, held.tenant, held.id).await?;
            records::forget(&mut *transaction, held.tenant, held.id).await
        }
        next if gives(next) && !gives(&held.status) => streams::wake(transaction, held.tenant, held.id, now).await,
        _ => Ok(()),
    }
}

/// Tells of a connection that has just been written whole, as it now is.
pub async fn connected(
    app: &App,
    transaction: &mut db::PgConnection,
    connection: &Connection,
    because: Because<'_>,
) -> Result<(), db::Error> {
    let now = connection.updated_at;
    let told = note(&mut *transaction, connection, SignalKind::ConnectionConnected, None, because, now).await?;
    tell(app, transaction, &told).await
}

async fn tell(app: &App, transaction: &mut db::PgConnection, told: &Told) -> Result<(), db::Error> {
    let writes = [told.write()];
    months::ensure(app, writes.iter().filter_map(Write::month)).await?;
    signals::write(transaction, &writes).await?;
    Ok(())
}

/// The line in the audit log, and what is to be told.
async fn note(
    transaction: &mut db::PgConnection,
    connection: &Connection,
    kind: SignalKind,
    before: Option<&'static str>,
    because: Because<'_>,
    now: DateTime<Utc>,
) -> Result<Told, db::Error> {
    let change = json!({ "before": before, "after": connection.status });
    let by_provider = format!("provider:{}", connection.provider);
    let by_kind = kind.word().replacen('_', ".", 1);
    let own_payload = change.to_string();
    // A vendor sends no time with these; it tells within seconds, so arrival is the best there is.
    let (actor, action, mut detail, (delivery, ordinal, at, payload)) = match because {
        Because::Caller { name, action, detail } => (name, action, detail, (None, 0, now, own_payload)),
        Because::Refresh => ("system", by_kind.as_str(), json!({}), (None, 0, now, own_payload)),
        Because::Delivery { delivery, ordinal, payload } => {
            let source = (Some(delivery.id), ordinal, delivery.received_at, payload.to_owned());
            (by_provider.as_str(), by_kind.as_str(), json!({ "delivery_id": delivery.id }), source)
        }
    };
    if let Value::Object(members) = &mut detail {
        members.insert("provider".to_owned(), json!(connection.provider));
        members.insert("change".to_owned(), change);
    }
    let entry = audit::Entry { at: now, actor, action, target: &connection.id.to_string(), detail };
    audit::append(&mut *transaction, connection.tenant, entry).await?;
    Ok(Told {
        tenant: connection.tenant,
        connection: connection.id,
        provider: connection.provider.clone(),
        delivery,
        ordinal,
        received_at: at,
        signal: about(connection, kind, at),
        payload,
    })
}

fn about(connection: &Connection, kind: SignalKind, occurred_at: DateTime<Utc>) -> NewSignal {
    NewSignal {
        kind,
        subject: Subject {
            kind: "connection".to_owned(),
            external_id: connection.account_id.clone(),
            number: None,
            title: Some(connection.display_name.clone()),
            url: None,
        },
        actor: None,
        container: None,
        occurred_at,
        changes: vec!["status".to_owned()],
    }
}
