//! After a listing from the beginning: what was there before and is not any more.

use super::{
    apply::{begin, listed, of, tell},
    diff::Told,
    run::Reading,
    trouble::SyncError,
};
use db::{records, streams, streams::Phase};
use providers::{Change, Record, RecordState};
use serde_json::Value;

/// Of one transaction.
const BATCH: i64 = 200;

/// Marks some of it. `true`: that was all, and the stream goes on with what changes.
pub(super) async fn mark(reading: &mut Reading<'_>) -> Result<bool, SyncError> {
    let moment = reading.moment();
    let now = moment.now;
    let mut transaction = begin(reading).await?;
    let missing = records::missing(&mut *transaction, of(reading), reading.pass, BATCH).await?;
    if missing.is_empty() {
        if !streams::end_pass(&mut *transaction, reading.claim, now).await? {
            return Err(SyncError::TakenOver);
        }
        records::forget_seen(&mut *transaction, of(reading)).await?;
        listed(&mut transaction, reading, now).await?;
        transaction.commit().await?;
        (reading.phase, reading.baseline_at) = (Phase::Changes, Some(now));
        return Ok(true);
    }
    let writes: Vec<records::Write<'_>> = missing
        .iter()
        .map(|one| records::Write { external_id: &one.external_id, checksum: &[], data: None, changed_at: None })
        .collect();
    let count = i64::try_from(writes.len()).unwrap_or(i64::MAX);
    let at = streams::missed(&mut *transaction, reading.claim, count, moment).await?.ok_or(SyncError::TakenOver)?;
    records::write(&mut *transaction, of(reading), reading.pass, at, &writes).await?;
    let told = missing.iter().filter(|_| reading.baseline_at.is_some()).filter_map(|one| {
        let before: Option<Value> = one.data.as_deref().and_then(|text| serde_json::from_str(text).ok());
        let record = Record { external_id: one.external_id.clone(), changed_at: None, state: RecordState::Gone };
        let change = Change::Deleted { before: before.as_ref() };
        let signal = reading.known.tell(&reading.stream.name, &record, change, now)?;
        Some(Told { signal, known_at: Some(one.updated_at), payload: "{}" })
    });
    tell(&mut transaction, reading, told.collect(), now).await?;
    transaction.commit().await?;
    Ok(false)
}
