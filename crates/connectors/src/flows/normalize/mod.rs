//! Stored deliveries become signals: claimed in batches, read by their provider, given to the connections they are
//! about, and written once each, in the transaction that ends the delivery.

mod whose;

use super::{
    health::{self, Because, Telling},
    months, settings,
};
use crate::App;
use chrono::TimeDelta;
use db::{
    deliveries::{self, Claimed, Ended, Order, Outcome},
    grants, hooks,
    partitions::Month,
    signals::{self, Write},
    streams,
};
use kernel::{Connection, ConnectionId, Health, NewSignal, TenantId, meters};
use providers::{EventHeaders, Reading, Verified};
use rand::RngExt;
use std::{
    borrow::Cow,
    collections::BTreeMap,
    iter,
    panic::{AssertUnwindSafe, catch_unwind},
};
use uuid::Uuid;

const BATCH: i64 = 50;
/// Longer than a batch may take.
pub const LEASE: TimeDelta = TimeDelta::minutes(1);
/// Attempts before a delivery is dead; with the pauses below, about three hours.
const ATTEMPTS: i32 = 10;
const FIRST_PAUSE: TimeDelta = TimeDelta::seconds(5);
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(1);

/// Claims after which a delivery is dead although no attempt of it has ever ended: it takes its worker down with it. More
/// than [`ATTEMPTS`], because a database that goes away also leaves claims without an end.
const CLAIMS: i32 = 3 * ATTEMPTS;

/// Of a hook that something came through, at most.
const HOOK_NOTED_EVERY: TimeDelta = TimeDelta::minutes(1);

/// Lifecycle changes of a delivery are numbered from here, apart from what else is told of it.
const LIFECYCLE: i16 = 1000;

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
pub async fn pass(app: &App, worker: Uuid, order: Order) -> Result<usize, db::Error> {
    let claimed = claim(app, worker, order).await?;
    read_all(app, worker, &claimed).await?;
    Ok(claimed.len())
}

/// What `worker` holds.
pub async fn read_all(app: &App, worker: Uuid, claimed: &[Claimed]) -> Result<(), db::Error> {
    let mut readable = Vec::with_capacity(claimed.len());
    for delivery in claimed {
        match read(app, delivery) {
            Ok(one) => readable.push(one),
            Err(error) => fail(app, worker, delivery, &error).await?,
        }
    }
    // All of a batch in one transaction; if that fails, each on its own, so that one bad delivery spoils no other.
    if commit(app, worker, &readable).await.is_err() {
        for one in &readable {
            if let Err(error) = commit(app, worker, std::slice::from_ref(one)).await {
                fail(app, worker, one.delivery, &error).await?;
            }
        }
    }
    Ok(())
}

async fn claim(app: &App, worker: Uuid, order: Order) -> Result<Vec<Claimed>, db::Error> {
    let mut wire = app.steady.acquire().await?;
    let mut claimed = deliveries::claim(&mut wire, worker, app.clock.now(), LEASE, BATCH, order).await?;
    wire.back();
    // In the order in which they came, as far as they are read together.
    claimed.sort_unstable_by_key(|one| one.id);
    Ok(claimed)
}

/// A delivery and what its provider's reader says of it.
struct Read<'a> {
    delivery: &'a Claimed,
    verified: Verified,
    reading: Reading,
}

impl Read<'_> {
    /// The months that its signals may be written into, and what is told of a connection.
    fn months(&self) -> impl Iterator<Item = Month> {
        let at = self.delivery.received_at;
        let signals = self.reading.signals.iter().map(move |signal| signals::occurred_at(signal, at));
        signals.chain(iter::once(at)).filter_map(Month::of)
    }
}

fn read<'a>(app: &App, delivery: &'a Claimed) -> Result<Read<'a>, NormalizeError> {
    if delivery.attempts > CLAIMS {
        return Err(NormalizeError::Abandoned);
    }
    let provider = settings::known(app, &delivery.provider).map_err(|_| NormalizeError::UnknownProvider)?;
    let pushes = provider.vendor.webhooks().ok_or(NormalizeError::UnknownProvider)?;
    let verified = recall(delivery);
    let reading = catch_unwind(AssertUnwindSafe(|| pushes.read(&verified)));
    let reading = reading.map_err(|_| NormalizeError::Panicked)??;
    Ok(Read { delivery, verified, reading })
}

fn recall(delivery: &Claimed) -> Verified {
    let headers = EventHeaders {
        event: delivery.event.clone(),
        delivery_id: delivery.delivery_id.clone(),
        content_type: delivery.content_type.clone(),
        kept: delivery.headers.0.clone(),
    };
    Verified::recall(headers, delivery.body.clone())
}

async fn fail(app: &App, worker: Uuid, delivery: &Claimed, error: &NormalizeError) -> Result<(), db::Error> {
    if matches!(error, NormalizeError::TakenOver) {
        return Ok(());
    }
    tracing::warn!(%error, delivery = %delivery.id, attempts = delivery.attempts, "a delivery was not normalised");
    // A database that is away says nothing about the delivery.
    let away = matches!(error, NormalizeError::Database(error) if db::is_away(error));
    let retry_at = (delivery.attempts < ATTEMPTS || away).then(|| {
        let doubled = FIRST_PAUSE * 2_i32.saturating_pow(delivery.attempts.clamp(1, 12).unsigned_abs() - 1);
        let pause = doubled.min(LONGEST_PAUSE);
        app.clock.now() + pause + TimeDelta::milliseconds(rand::rng().random_range(0..=pause.num_milliseconds() / 4))
    });
    deliveries::give_up(&app.pool, worker, delivery, &error.to_string(), retry_at).await
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

/// Positions of signals are taken last, when all other rows are held: see `signals::write`.
async fn commit(app: &App, worker: Uuid, batch: &[Read<'_>]) -> Result<(), NormalizeError> {
    if batch.is_empty() {
        return Ok(());
    }
    let payloads: Vec<Cow<'_, str>> = batch.iter().map(|one| payload(&one.verified)).collect::<Result<_, _>>()?;
    months::ensure(app, batch.iter().flat_map(Read::months)).await?;
    let mut wire = app.steady.acquire().await?;
    let mut transaction = wire.begin().await?;
    let mut addressed = Vec::new();
    let mut told = Vec::new();
    let mut stale = Vec::new();
    let mut ended = Vec::with_capacity(batch.len());
    let whose = |from: usize| batch[from..].iter().map(|one| (one.delivery, &one.reading.whose));
    let (mut found, mut found_from) = (whose::find(&mut transaction, whose(0)).await?, 0);
    for (at, (Read { delivery, reading, .. }, payload)) in batch.iter().zip(&payloads).enumerate() {
        let before = addressed.len();
        let connections = found.of(at - found_from);
        let already = match delivery.replays {
            0 => Vec::new(),
            _ => already_written(&mut transaction, delivery, connections).await?,
        };
        address(delivery, reading, payload, connections, &already, &mut addressed);
        let moved = change(app, &mut transaction, delivery, reading, payload, &mut told).await?;
        for connection in connections {
            stale.extend(reading.stale.iter().map(|one| (connection.tenant, connection.id, one)));
        }
        let is_somebodys = addressed.len() > before || !already.is_empty() || moved || !connections.is_empty();
        let tells = !reading.signals.is_empty() || !reading.stale.is_empty();
        let outcome = match (reading.recognised, tells, is_somebodys) {
            (false, _, _) => Outcome::Ignored,
            (true, false, _) | (true, true, true) => Outcome::Done,
            (true, true, false) => Outcome::Unclaimed,
        };
        ended.push(Ended { delivery, outcome, addressees: whose::addressees(delivery, connections) });
        if moved {
            // Those behind may be about a connection that is no longer what it was.
            (found, found_from) = (whose::find(&mut transaction, whose(at + 1)).await?, at + 1);
        }
    }
    if !deliveries::finish(&mut transaction, worker, &ended).await? {
        return Err(NormalizeError::TakenOver);
    }
    let stale: Vec<streams::Stale<'_>> = stale
        .iter()
        .map(|(tenant, connection, one)| streams::Stale {
            tenant: *tenant,
            connection: *connection,
            stream: &one.stream,
            ids: &one.ids,
        })
        .collect();
    let told_by: Vec<(TenantId, Uuid)> = batch
        .iter()
        .filter_map(|one| Some((TenantId::from_uuid(one.delivery.tenant_id), one.delivery.hook_id?)))
        .collect();
    if !told_by.is_empty() {
        hooks::delivered(&mut *transaction, &told_by, app.clock.now(), HOOK_NOTED_EVERY).await?;
    }
    if !stale.is_empty() {
        streams::mark_stale(&mut *transaction, &stale, app.clock.now()).await?;
    }
    let writes: Vec<Write<'_>> =
        addressed.iter().map(Addressed::write).chain(told.iter().map(health::Told::write)).collect();
    if !writes.is_empty() {
        signals::write(&mut *transaction, &writes).await?;
    }
    transaction.commit().await?;
    wire.back();
    for one in &ended {
        let Claimed { provider, tenant_id, event, .. } = one.delivery;
        app.outlooks.note((provider, *tenant_id, event), one.outcome);
    }
    for one in &writes {
        metrics::counter!(meters::SIGNALS.name, "provider" => one.provider.to_owned()).increment(1);
    }
    Ok(())
}

impl<'a> Addressed<'a> {
    fn write(&self) -> Write<'a> {
        Write {
            tenant: self.tenant,
            connection: self.connection,
            provider: &self.delivery.provider,
            delivery: Some(self.delivery.id),
            ordinal: self.ordinal,
            received_at: self.delivery.received_at,
            signal: self.signal,
            payload: self.payload,
        }
    }
}

/// What is handed out with a signal: the JSON that the vendor sent, of a form its fields, and of headers alone those.
fn payload(verified: &Verified) -> Result<Cow<'_, str>, NormalizeError> {
    let json = verified.json();
    if verified.is_json() {
        return std::str::from_utf8(json).map(Cow::Borrowed).map_err(|_| NormalizeError::NotText);
    }
    let fields: BTreeMap<String, String> = if verified.body().is_empty() {
        verified.headers().kept.clone()
    } else {
        url::form_urlencoded::parse(verified.body()).into_owned().filter(|(name, _)| name != "token").collect()
    };
    serde_json::to_string(&fields).map(Cow::Owned).map_err(|_| NormalizeError::NotText)
}

/// Gives a delivery's signals to tenants: to the one its address names, or to every one with a connection it is about;
/// once a tenant, whoever of them connected.
fn address<'a>(
    delivery: &'a Claimed,
    reading: &'a Reading,
    payload: &'a str,
    connections: &[Connection],
    already: &[(TenantId, i16)],
    addressed: &mut Vec<Addressed<'a>>,
) {
    if reading.signals.is_empty() {
        return;
    }
    let mut whose: BTreeMap<TenantId, Option<ConnectionId>> = BTreeMap::new();
    for connection in connections {
        whose.entry(connection.tenant).or_insert(Some(connection.id));
    }
    if let Some(tenant) = whose::addressee(delivery) {
        whose.entry(tenant).or_insert(None);
    }
    for (tenant, connection) in whose {
        let numbered = (0_i16..LIFECYCLE).zip(&reading.signals);
        let new = numbered.filter(|(ordinal, _)| !already.contains(&(tenant, *ordinal)));
        addressed.extend(new.map(|(ordinal, signal)| Addressed {
            tenant,
            connection,
            delivery,
            ordinal,
            signal,
            payload,
        }));
    }
}

/// Which signals earlier readings of this delivery have written. Only a replayed one has been read before.
async fn already_written(
    transaction: &mut db::PgConnection,
    delivery: &Claimed,
    connections: &[Connection],
) -> Result<Vec<(TenantId, i16)>, db::Error> {
    let mut tenants = whose::addressees(delivery, connections);
    tenants.extend(whose::addressee(delivery));
    let mut written = Vec::new();
    for tenant in tenants {
        let numbers = deliveries::written(&mut *transaction, tenant, delivery.id).await?;
        written.extend(numbers.into_iter().map(|ordinal| (tenant, ordinal)));
    }
    Ok(written)
}

/// Applies lifecycle changes, of which the tenants are told. `true`: some connection moved.
async fn change(
    app: &App,
    transaction: &mut db::PgConnection,
    delivery: &Claimed,
    reading: &Reading,
    payload: &str,
    told: &mut Vec<health::Told>,
) -> Result<bool, db::Error> {
    let mut moved = false;
    for (ordinal, lifecycle) in (LIFECYCLE..).zip(&reading.lifecycle) {
        let found = whose::find(transaction, iter::once((delivery, &lifecycle.whose))).await?;
        for named in found.of(0) {
            let because = Because::Delivery { delivery, ordinal, payload };
            let telling = Telling::Later(told);
            let shifted = health::shift(app, transaction, named, lifecycle.health, because, telling).await?;
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
