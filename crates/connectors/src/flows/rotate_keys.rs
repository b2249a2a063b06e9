//! The key has changed: everything that lies under older ones is put under the first, while the service runs.
//!
//! Rows are compared and set one batch at a time; what a running replica has replaced meanwhile is newer and stays. Whatever
//! is done is done for good, so the work can be cut off anywhere and simply started again.

use super::{sealing, unlock};
use db::{
    PgPool, canaries,
    reseal::{self, Place, Row},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    time::Duration,
};
use vault::{KeyError, Keyring, OpenError, Sealed};

/// Rows a statement: locked together for some milliseconds.
const BATCH: i64 = 200;
/// How often what was busy is visited again, and how long after. Nobody holds a row for longer than a statement or two.
const PASSES: u32 = 50;
const PAUSE: Duration = Duration::from_millis(200);

/// The work cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    #[error("a value could not be sealed")]
    Seal(#[from] KeyError),
    #[error("the database failed; is it migrated? run: connectors migrate")]
    Database(#[from] db::Error),
}

/// How far one table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub table: &'static str,
    /// Rows put under the new key, in this table, by this run.
    pub resealed: u64,
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} re-sealed", self.table, self.resealed)
    }
}

/// What was done, and what could not be.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub resealed: u64,
    /// Rows whose key is not configured, by its id.
    pub unknown: BTreeMap<String, u64>,
    /// Rows that do not open although their key is there.
    pub damaged: u64,
    /// Rows that somebody else held all the time.
    pub busy: u64,
    /// The id of the key that seals.
    pub sealing: String,
    /// Configured keys under which no row lies any more.
    pub unused: Vec<String>,
    /// How many rows lie under which other key.
    pub in_use: BTreeMap<String, u64>,
}

impl Report {
    /// Whether everything lies under the sealing key.
    pub fn is_complete(&self) -> bool {
        self.unknown.is_empty() && self.damaged == 0 && self.busy == 0 && self.in_use.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} rows were put under key {:?}.", self.resealed, self.sealing)?;
        for (id, rows) in &self.unknown {
            writeln!(f, "{rows} rows need key {id:?}, which is not in ENCRYPTION_KEYS; they are left as they are.")?;
        }
        if self.damaged > 0 {
            writeln!(f, "{} rows do not open although their key is there; they are left as they are.", self.damaged)?;
        }
        if self.busy > 0 {
            writeln!(f, "{} rows were held by somebody else; start again.", self.busy)?;
        }
        for (id, rows) in &self.in_use {
            writeln!(f, "{rows} rows lie under key {id:?}.")?;
        }
        for id in &self.unused {
            writeln!(
                f,
                "No row lies under key {id:?}. Once every replica seals under {:?}, it can be removed.",
                self.sealing
            )?;
        }
        Ok(())
    }
}

/// Re-seals everything that is sealed. `told` hears of every batch.
pub async fn rotate(
    pool: &PgPool,
    vault: &Keyring,
    told: &mut (dyn FnMut(Progress) + Send),
) -> Result<Report, RotateError> {
    let mut report = Report { sealing: vault.sealing_id().to_owned(), ..Report::default() };
    for place in Place::ALL {
        let mut resealed = 0;
        for pass in 1..=PASSES {
            let left = self::pass(pool, vault, place, &mut resealed, told).await?;
            if left.busy == 0 || pass == PASSES {
                report.resealed += resealed;
                report.damaged += left.damaged;
                report.busy += left.busy;
                for (id, rows) in left.unknown {
                    *report.unknown.entry(id).or_default() += rows;
                }
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
    retire(pool, vault, &mut report).await?;
    Ok(report)
}

/// What one pass over a table had to leave.
#[derive(Default)]
struct Left {
    unknown: BTreeMap<String, u64>,
    damaged: u64,
    busy: u64,
}

async fn pass(
    pool: &PgPool,
    vault: &Keyring,
    place: Place,
    resealed: &mut u64,
    told: &mut (dyn FnMut(Progress) + Send),
) -> Result<Left, RotateError> {
    let (header, mut left, mut after) = (vault.sealing_header(), Left::default(), None::<Vec<String>>);
    loop {
        let rows = reseal::next_for_any_tenant(pool, place, &header, after.as_deref(), BATCH).await?;
        let Some(last) = rows.last() else { return Ok(left) };
        after = Some(last.key.clone());
        let mut fresh = Vec::with_capacity(rows.len());
        for row in rows {
            match sealed_anew(vault, place, &row)? {
                Ok(sealed) => fresh.push((row, sealed)),
                Err(OpenError::UnknownKey(id)) => *left.unknown.entry(id).or_default() += 1,
                Err(error @ (OpenError::Malformed | OpenError::Refused(_))) => {
                    tracing::error!(%error, table = place.table(), row = row.row, "a row is left as it is");
                    left.damaged += 1;
                }
            }
        }
        let done = reseal::replace_for_any_tenant(pool, place, &fresh).await?;
        *resealed += done;
        left.busy += fresh.len() as u64 - done;
        told(Progress { table: place.table(), resealed: *resealed });
    }
}

fn sealed_anew(vault: &Keyring, place: Place, row: &Row) -> Result<Result<Sealed, OpenError>, KeyError> {
    let context = sealing::context(place, row.row.clone());
    let opened = Sealed::from_bytes(row.sealed.clone()).and_then(|sealed| vault.open(&sealed, &context));
    match opened {
        Ok(plaintext) => vault.seal(&plaintext, &context).map(Ok),
        Err(error) => Ok(Err(error)),
    }
}

/// Counts what lies under which key, and forgets the canaries of keys that nothing needs: else the service would not start
/// without them.
async fn retire(pool: &PgPool, vault: &Keyring, report: &mut Report) -> Result<(), RotateError> {
    for place in Place::ALL {
        for (id, rows) in reseal::key_ids_for_any_tenant(pool, place).await? {
            if id != report.sealing {
                *report.in_use.entry(id).or_default() += u64::try_from(rows).unwrap_or_default();
            }
        }
    }
    let configured: BTreeSet<&str> = vault.ids().collect();
    canaries::keep(pool, &unlock::canary(vault)?).await?;
    for id in configured.iter().filter(|id| **id != report.sealing && !report.in_use.contains_key(**id)) {
        canaries::forget(pool, id).await?;
        report.unused.push((*id).to_owned());
    }
    // A canary of a key that is not here keeps the service from starting: said, not removed.
    for stored in canaries::all(pool).await? {
        if let Ok(sealed) = Sealed::from_bytes(stored)
            && !configured.contains(sealed.key_id())
        {
            *report.unknown.entry(sealed.key_id().to_owned()).or_default() += 1;
        }
    }
    Ok(())
}
