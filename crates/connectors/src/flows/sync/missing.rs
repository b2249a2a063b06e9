//! After a listing from the beginning: what was there before and is not any more.

use super::{
    apply::{begin, of, tell, told_of_gone},
    run::Reading,
    trouble::SyncError,
};
use db::{records, streams, streams::Phase};
use providers::{Record, RecordState};
use serde_json::Value;

/// Of one transaction.
const BATCH: i64 = 200;

/// Marks some of it. `true`: that was all, and the stream goes on with what changes.
pub(super) async fn mark(reading: &mut Reading<'_>) -> Result<bool, SyncError> {
    let (now, until) = (reading.app.clock.now(), reading.until());
    let mut transaction = begin(reading).await?;
    if !streams::hold(&mut *transaction, reading.claim, until).await? {
        return Err(SyncError::TakenOver);
    }
    let missing = records::missing(&mut *transaction, of(reading), reading.pass, BATCH).await?;
    if missing.is_empty() {
        streams::end_pass(&mut *transaction, reading.claim, now).await?;
        transaction.commit().await?;
        (reading.phase, reading.baseline_at) = (Phase::Changes, Some(now));
        return Ok(true);
    }
    let writes: Vec<records::Write<'_>> = missing
        .iter()
        .map(|(id, _)| records::Write { external_id: id, checksum: &[], data: None, changed_at: None })
        .collect();
    records::write(&mut *transaction, of(reading), reading.pass, now, &writes).await?;
    let told = missing.iter().filter(|_| reading.baseline_at.is_some()).filter_map(|(id, data)| {
        let before: Option<Value> = data.as_deref().and_then(|text| serde_json::from_str(text).ok());
        let record = Record { external_id: id.clone(), changed_at: None, state: RecordState::Gone };
        told_of_gone(reading, &record, before.as_ref(), now)
    });
    tell(&mut transaction, reading, told.collect(), now).await?;
    transaction.commit().await?;
    Ok(false)
}
