//! Stored deliveries become signals: claimed in batches, read by their provider, given to the connections they are
//! about, and written once each, in the transaction that ends the delivery.

use super::{
    health::{self, Because},
    settings,
};
use crate::App;
use chrono::TimeDelta;
use db::{
    connections::{self, Named},
    deliveries::{self, Claimed, Outcome},
    grants,
    signals::{self, Write},
};
use kernel::{Connection, ConnectionId, Health, NewSignal, TenantId};
use providers::{EventHeaders, Reading, Verified, Whose};
use rand::RngExt;
use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
};
use uuid::Uuid;

const BATCH: i64 = 50;
/// Longer than a batch may take.
const LEASE: TimeDelta = TimeDelta::minutes(1);
/// Attempts before a delivery is dead; with the pauses below, about three hours.
const ATTEMPTS: i32 = 10;
const FIRST_PAUSE: TimeDelta = TimeDelta::seconds(5);
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(1);

/// Claims after which a delivery is dead although no attempt of it has ever ended: it takes its worker down with it. More
/// than [`ATTEMPTS`], because a database that goes away also leaves claims without an end.
const CLAIMS: i32 = 3 * ATTEMPTS;

/// A delivery that did not become signals this time.
#[derive(Debug, thiserror::Error)]
enum NormalizeError {
    #[error("the provider is not known to this version")]
    UnknownProvider,
    #[error("{0}")]
    Unreadable(#[from] providers::ReadError),
    #[error("the reader panicked")]
    Panicked,
    #[error("the payload is not text")]
    NotText,
    #[error("its worker never came back")]
    Abandoned,
    #[error("another worker has taken the delivery over")]
    TakenOver,
    #[error("the database failed")]
    Database(#[from] db::Error),
}

/// One batch. Returns how many deliveries were claimed; zero: nothing is due.
pub async fn pass(app: &App, worker: Uuid) -> Result<usize, db::Error> {
    let claimed = deliveries::claim(&app.pool, worker, app.clock.now(), LEASE, BATCH).await?;
    let mut readable = Vec::with_capacity(claimed.len());
    for delivery in &claimed {
        match read(app, delivery) {
            Ok(reading) => readable.push((delivery, reading)),
            Err(error) => fail(app, worker, delivery, &error).await?,
        }
    }
    // All of a batch in one transaction; if that fails, each on its own, so that one bad delivery spoils no other.
    if commit(app, worker, &readable).await.is_err() {
        for one in &readable {
            if let Err(error) = commit(app, worker, std::slice::from_ref(one)).await {
                fail(app, worker, one.0, &error).await?;
            }
        }
    }
    Ok(claimed.len())
}

fn read(app: &App, delivery: &Claimed) -> Result<Reading, NormalizeError> {
    if delivery.attempts > CLAIMS {
        return Err(NormalizeError::Abandoned);
    }
    let provider = settings::known(app, &delivery.provider).map_err(|_| NormalizeError::UnknownProvider)?;
    let verified = recall(delivery);
    let reading = catch_unwind(AssertUnwindSafe(|| provider.vendor.read(&verified)));
    Ok(reading.map_err(|_| NormalizeError::Panicked)??)
}

fn recall(delivery: &Claimed) -> Verified {
    let headers = EventHeaders {
        event: delivery.event.clone(),
        delivery_id: delivery.delivery_id.clone(),
        content_type: delivery.content_type.clone(),
    };
    Verified::recall(headers, delivery.body.clone().into())
}

async fn fail(app: &App, worker: Uuid, delivery: &Claimed, error: &NormalizeError) -> Result<(), db::Error> {
    if matches!(error, NormalizeError::TakenOver) {
        return Ok(());
    }
    tracing::warn!(%error, delivery = %delivery.id, attempts = delivery.attempts, "a delivery was not normalised");
    // A database that is away says nothing about the delivery.
    let away =
        matches!(error, NormalizeError::Database(db::Error::Io(_) | db::Error::PoolTimedOut | db::Error::PoolClosed));
    let retry_at = (delivery.attempts < ATTEMPTS || away).then(|| {
        let doubled = FIRST_PAUSE * 2_i32.saturating_pow(delivery.attempts.clamp(1, 12).unsigned_abs() - 1);
        let pause = doubled.min(LONGEST_PAUSE);
        app.clock.now() + pause + TimeDelta::milliseconds(rand::rng().random_range(0..=pause.num_milliseconds() / 4))
    });
    deliveries::fail(&app.pool, worker, delivery, &error.to_string(), retry_at).await
}

/// A signal and whose it is.
struct Addressed<'a> {
    tenant: TenantId,
    connection: Option<ConnectionId>,
    delivery: &'a Claimed,
    ordinal: i16,
    signal: &'a NewSignal,
    payload: &'a str,
}

async fn commit(app: &App, worker: Uuid, batch: &[(&Claimed, Reading)]) -> Result<(), NormalizeError> {
    if batch.is_empty() {
        return Ok(());
    }
    let payloads: Vec<String> = batch
        .iter()
        .map(|(delivery, _)| String::from_utf8(recall(delivery).json().into_owned()))
        .collect::<Result<_, _>>()
        .map_err(|_| NormalizeError::NotText)?;
    let mut transaction = app.pool.begin().await?;
    let mut addressed = Vec::new();
    for ((delivery, reading), payload) in batch.iter().zip(&payloads) {
        let before = addressed.len();
        address(&mut transaction, delivery, reading, payload, &mut addressed).await?;
        let changed = change(app, &mut transaction, delivery, reading, payload).await?;
        let outcome = match (reading.recognised, reading.signals.is_empty(), addressed.len() > before || changed) {
            (false, _, _) => Outcome::Ignored,
            (true, true, _) | (true, _, true) => Outcome::Done,
            (true, false, false) => Outcome::Unclaimed,
        };
        if !deliveries::finish(&mut *transaction, worker, delivery, outcome).await? {
            return Err(NormalizeError::TakenOver);
        }
    }
    let writes: Vec<Write<'_>> = addressed
        .iter()
        .map(|one| Write {
            tenant: one.tenant,
            connection: one.connection,
            provider: &one.delivery.provider,
            delivery: Some(one.delivery.id),
            ordinal: one.ordinal,
            received_at: one.delivery.received_at,
            signal: one.signal,
            payload: one.payload,
        })
        .collect();
    if !writes.is_empty() {
        signals::write(&mut *transaction, &writes).await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// Gives a delivery's signals to tenants: to the one its address names, or to every one with a connection it is about;
/// once a tenant, whoever of them connected.
async fn address<'a>(
    transaction: &mut db::PgConnection,
    delivery: &'a Claimed,
    reading: &'a Reading,
    payload: &'a str,
    addressed: &mut Vec<Addressed<'a>>,
) -> Result<(), db::Error> {
    if reading.signals.is_empty() {
        return Ok(());
    }
    let only = addressee(delivery);
    let mut whose: BTreeMap<TenantId, Option<ConnectionId>> = BTreeMap::new();
    for connection in matching(transaction, delivery, &reading.whose).await? {
        whose.entry(connection.tenant).or_insert(Some(connection.id));
    }
    if let Some(tenant) = only {
        whose.entry(tenant).or_insert(None);
    }
    for (tenant, connection) in whose {
        addressed.extend((0_i16..).zip(&reading.signals).map(|(ordinal, signal)| Addressed {
            tenant,
            connection,
            delivery,
            ordinal,
            signal,
            payload,
        }));
    }
    Ok(())
}

/// Applies lifecycle changes, of which the tenants are told. `true`: some connection moved.
async fn change(
    app: &App,
    transaction: &mut db::PgConnection,
    delivery: &Claimed,
    reading: &Reading,
    payload: &str,
) -> Result<bool, db::Error> {
    let mut moved = false;
    for (ordinal, lifecycle) in (1000_i16..).zip(&reading.lifecycle) {
        for named in matching(transaction, delivery, &lifecycle.whose).await? {
            let because = Because::Delivery { delivery, ordinal, payload };
            let shifted = health::shift(transaction, &named, lifecycle.health, because, app.clock.now()).await?;
            let Some((before, after)) = shifted else { continue };
            if before == after {
                continue;
            }
            if lifecycle.health == Health::Removed {
                // The vendor has ended these tokens; keeping them would only be a risk.
                grants::forget(&mut *transaction, named.tenant, named.id).await?;
            }
            moved = true;
        }
    }
    Ok(moved)
}

fn addressee(delivery: &Claimed) -> Option<TenantId> {
    let tenant = TenantId::from_uuid(delivery.tenant_id);
    (tenant != TenantId::UNADDRESSED).then_some(tenant)
}

async fn matching(
    transaction: &mut db::PgConnection,
    delivery: &Claimed,
    whose: &Whose,
) -> Result<Vec<Connection>, db::Error> {
    let named = match whose {
        Whose::Installation(id) => Named::Installation(id),
        Whose::Organization(id) => Named::Organization(id),
        Whose::Account(id) => Named::Account(id),
        Whose::Unnamed => return Ok(Vec::new()),
    };
    connections::named_for_any_tenant(transaction, &delivery.provider, named, addressee(delivery)).await
}
