//! The one door through which a connection's state changes: the row, a line in the audit log and a signal, in one
//! transaction.

use chrono::{DateTime, Utc};
use db::{
    audit, connections,
    deliveries::Claimed,
    signals::{self, Write},
};
use kernel::{Connection, Health, NewSignal, SignalKind, Status, Subject};
use serde_json::{Value, json};

/// Who or what changes it.
pub enum Because<'a> {
    /// A person or backend, as the audit log names them, asked for it.
    Caller { name: &'a str, action: &'a str, detail: Value },
    /// The vendor told us, in this delivery's lifecycle event of this number.
    Delivery { delivery: &'a Claimed, ordinal: i16, payload: &'a str },
    /// An attempt to renew its token showed it.
    Refresh,
}

/// Moves a connection, from what its row says now. `None`: there is none. The caller's transaction holds the row from here
/// on; the first of the pair is what it was before.
pub async fn shift(
    transaction: &mut db::PgConnection,
    connection: &Connection,
    health: Health,
    because: Because<'_>,
    now: DateTime<Utc>,
) -> Result<Option<(Status, Status)>, db::Error> {
    let held = connections::find_and_hold(&mut *transaction, connection.tenant, connection.id).await?;
    let Some(held) = held else { return Ok(None) };
    let next = held.status.after(health);
    if next != held.status {
        connections::set_status(&mut *transaction, held.tenant, held.id, &next, now).await?;
        if let Some(kind) = next.told_after(&held.status) {
            let before = Some(held.status.word());
            tell(&mut *transaction, &Connection { status: next.clone(), ..held.clone() }, kind, before, because, now)
                .await?;
        }
    }
    Ok(Some((held.status, next)))
}

/// Tells of a connection that has just been written whole, as it now is.
pub async fn connected(
    transaction: &mut db::PgConnection,
    connection: &Connection,
    because: Because<'_>,
) -> Result<(), db::Error> {
    let now = connection.updated_at;
    tell(transaction, connection, SignalKind::ConnectionConnected, None, because, now).await
}

async fn tell(
    transaction: &mut db::PgConnection,
    connection: &Connection,
    kind: SignalKind,
    before: Option<&'static str>,
    because: Because<'_>,
    now: DateTime<Utc>,
) -> Result<(), db::Error> {
    let change = json!({ "before": before, "after": connection.status });
    let by_provider = format!("provider:{}", connection.provider);
    let by_kind = kind.word().replacen('_', ".", 1);
    let own_payload = change.to_string();
    // A vendor sends no time with these; it tells within seconds, so arrival is the best there is.
    let (actor, action, mut detail, (delivery, ordinal, at, payload)) = match because {
        Because::Caller { name, action, detail } => (name, action, detail, (None, 0, now, own_payload.as_str())),
        Because::Refresh => ("system", by_kind.as_str(), json!({}), (None, 0, now, own_payload.as_str())),
        Because::Delivery { delivery, ordinal, payload } => {
            let source = (Some(delivery.id), ordinal, delivery.received_at, payload);
            (by_provider.as_str(), by_kind.as_str(), json!({ "delivery_id": delivery.id }), source)
        }
    };
    if let Value::Object(members) = &mut detail {
        members.insert("provider".to_owned(), json!(connection.provider));
        members.insert("change".to_owned(), change);
    }
    let entry = audit::Entry { at: now, actor, action, target: &connection.id.to_string(), detail };
    audit::append(&mut *transaction, connection.tenant, entry).await?;
    let signal = about(connection, kind, at);
    let write = Write {
        tenant: connection.tenant,
        connection: Some(connection.id),
        provider: &connection.provider,
        delivery,
        ordinal,
        received_at: at,
        signal: &signal,
        payload,
    };
    signals::write(transaction, &[write]).await?;
    Ok(())
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
