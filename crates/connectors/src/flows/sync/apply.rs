//! One page, in one transaction: the cursor, the records that are not as they were, and what is told of them. A run that is
//! killed has written the whole page or nothing of it.

use super::{
    diff::{Diff, Incoming, Manner, Told, diff, incoming},
    run::Reading,
    trouble::SyncError,
};
use crate::flows::{
    audit::story::{self, Turn},
    months,
};
use chrono::{DateTime, TimeDelta, Utc};
use db::{
    connections,
    records::{self, Of},
    signals::{self, Suspect, Write},
    streams::{self, Phase, Progress},
};
use providers::RecordPage;
use serde_json::json;

/// A delivery and a search give the same event times that differ by as much.
const LEEWAY: TimeDelta = TimeDelta::minutes(2);
/// What a delivery told longer ago than this is not looked for.
const MEMORY: TimeDelta = TimeDelta::days(7);

/// What was fetched because a push named it. The cursor stays where it is.
pub(super) async fn named(reading: &mut Reading<'_>, page: RecordPage) -> Result<(), SyncError> {
    let incoming = incoming(page.records, &reading.stream.volatile);
    let mut transaction = begin(reading).await?;
    let found = compare(&mut transaction, reading, &incoming).await?;
    let at = streams::fetched(&mut *transaction, reading.claim, found.counts, reading.moment()).await?;
    write(&mut transaction, reading, found, at.ok_or(SyncError::TakenOver)?).await?;
    transaction.commit().await?;
    Ok(())
}

/// What the cursor has led to.
pub(super) async fn next(reading: &mut Reading<'_>, page: RecordPage) -> Result<(), SyncError> {
    let moment = reading.moment();
    let (phase, baseline_at) = behind(reading, page.more, moment.now);
    let incoming = incoming(page.records, &reading.stream.volatile);
    let mut transaction = begin(reading).await?;
    let found = compare(&mut transaction, reading, &incoming).await?;
    let progress = Progress { cursor: &page.cursor, phase, baseline_at };
    let at = streams::advance(&mut *transaction, reading.claim, progress, found.counts, moment).await?;
    if (reading.phase, phase) == (Phase::Listing, Phase::Changes) {
        listed(&mut transaction, reading, moment.now).await?;
    }
    write(&mut transaction, reading, found, at.ok_or(SyncError::TakenOver)?).await?;
    transaction.commit().await?;
    (reading.cursor, reading.phase, reading.baseline_at) = (Some(page.cursor), phase, baseline_at);
    Ok(())
}

/// All there is has been read once, from the beginning to the end.
pub(super) async fn listed(
    transaction: &mut db::PgConnection,
    reading: &Reading<'_>,
    at: DateTime<Utc>,
) -> Result<(), db::Error> {
    let claim = reading.claim;
    let (whose, detail) = ((claim.tenant, claim.connection), json!({ "stream": claim.stream }));
    story::tell(transaction, whose, Turn::StreamListed, detail, at).await
}

/// The phase and the baseline behind a page. The first pass finds nothing missing: there was nothing before it.
fn behind(reading: &Reading<'_>, more: bool, now: DateTime<Utc>) -> (Phase, Option<DateTime<Utc>>) {
    match reading.phase {
        Phase::Listing if more => (Phase::Listing, reading.baseline_at),
        Phase::Listing if reading.pass > 0 && reading.stream.lists_all => (Phase::Missing, reading.baseline_at),
        Phase::Listing => (Phase::Changes, Some(now)),
        phase => (phase, reading.baseline_at),
    }
}

/// The connection's row first, then the stream's, then the records and at last the tenant's feed: the order of everybody.
pub(super) async fn begin(reading: &Reading<'_>) -> Result<db::Transaction<'static, db::Postgres>, SyncError> {
    let mut transaction = reading.app.pool.begin().await?;
    let (tenant, id) = (reading.claim.tenant, reading.claim.connection);
    if !connections::hold_against_its_end(&mut *transaction, tenant, id).await? {
        return Err(SyncError::TakenOver);
    }
    Ok(transaction)
}

/// Read before the stream's row is held: whose claim still holds is the only one that writes them.
async fn compare<'a>(
    transaction: &mut db::PgConnection,
    reading: &Reading<'_>,
    incoming: &'a [Incoming],
) -> Result<Diff<'a>, SyncError> {
    let ids: Vec<&str> = incoming.iter().map(|one| one.record.external_id.as_str()).collect();
    let checksums: Vec<&[u8]> = incoming.iter().map(|one| one.checksum.as_slice()).collect();
    let known = records::known(&mut *transaction, of(reading), &ids, &checksums).await?;
    let manner = Manner {
        streams: reading.known,
        stream: &reading.stream.name,
        tells: reading.baseline_at.is_some(),
        passes_over_older: reading.phase != Phase::Listing,
        at: reading.app.clock.now(),
    };
    Ok(diff(incoming, &known, &manner))
}

/// `at`: the page's moment.
async fn write(
    transaction: &mut db::PgConnection,
    reading: &Reading<'_>,
    found: Diff<'_>,
    at: DateTime<Utc>,
) -> Result<(), SyncError> {
    let (of, Diff { writes, same, told, counts: _ }) = (of(reading), found);
    if !writes.is_empty() {
        records::write(&mut *transaction, of, reading.pass, at, &writes).await?;
    }
    if reading.phase != Phase::Changes && reading.pass > 0 && !same.is_empty() {
        records::seen(&mut *transaction, of, at, &same).await?;
    }
    tell(transaction, reading, told, reading.app.clock.now()).await
}

pub(super) fn of<'a>(reading: &'a Reading<'_>) -> Of<'a> {
    let claim = reading.claim;
    Of { tenant: claim.tenant, connection: claim.connection, stream: &claim.stream }
}

/// What the stream's own code says of a change, less what a delivery has told already. The last thing that a transaction does:
/// it takes positions of the tenant's feed.
pub(super) async fn tell(
    transaction: &mut db::PgConnection,
    reading: &Reading<'_>,
    told: Vec<Told<'_>>,
    at: DateTime<Utc>,
) -> Result<(), SyncError> {
    if told.is_empty() {
        return Ok(());
    }
    let (tenant, connection) = (reading.claim.tenant, reading.claim.connection);
    let suspects: Vec<Suspect<'_>> =
        told.iter().map(|one| Suspect { signal: &one.signal, known_at: one.known_at }).collect();
    let since = at - MEMORY;
    let twins = signals::told_by_deliveries(&mut *transaction, tenant, connection, &suspects, LEEWAY, since).await?;
    let writes: Vec<Write<'_>> = told
        .iter()
        .enumerate()
        .filter(|(number, _)| !twins.contains(number))
        .map(|(_, one)| Write {
            tenant,
            connection: Some(connection),
            provider: &reading.vended.connection.provider,
            delivery: None,
            ordinal: 0,
            received_at: at,
            signal: &one.signal,
            payload: one.payload,
        })
        .collect();
    if !writes.is_empty() {
        months::ensure(reading.app, writes.iter().filter_map(Write::month)).await?;
        signals::write(transaction, &writes).await?;
    }
    Ok(())
}
