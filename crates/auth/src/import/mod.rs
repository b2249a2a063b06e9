//! `auth import`: takes people, their ways to sign in and their live sessions over from a Better Auth database.
//!
//! People come in batches, each with everything of theirs in one transaction, so that an interrupted import can simply be
//! started again. People who are here already are left as they are; of theirs only what came into being after an earlier
//! import is added, so that what was removed here since (a session, a linked account) does not come back.

mod batch;
mod ids;
mod people;
mod report;
mod sealed;

pub use report::{Counts, Reason, Report, Trouble};

use crate::account_tokens::AccountTokens;
use batch::Batch;
use chrono::TimeDelta;
use db::{PgPool, auth::better_auth::Source};
use kernel::{Clock, Secret};
use sealed::Opener;
use std::io::{self, Write};

/// People a transaction.
const BATCH: i64 = 500;

/// What was written by transactions that had not ended when the source was opened may have times of this long before.
const IN_FLIGHT: TimeDelta = TimeDelta::minutes(1);

/// Why an import stopped. What was committed until then stays, and the next run goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("the Better Auth database could not be read")]
    Source(#[source] db::Error),
    #[error("the rows could not be stored")]
    Store(#[from] db::Error),
    #[error("a token could not be sealed")]
    Seal(#[from] vault::KeyError),
    #[error("the mapping could not be written")]
    Mapping(#[from] io::Error),
}

/// Whether an import writes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Store,
    /// Everything is tried and nothing is kept. What two batches contend for is found only by a real run.
    DryRun,
}

/// Into what, and with which secrets.
pub struct Target<'a> {
    pub pool: &'a PgPool,
    pub clock: &'a Clock,
    /// Of both services: what Better Auth sealed and signed with it opens and stays signed.
    pub better_auth_secret: &'a Secret,
    pub jwt_secret: &'a Secret,
}

/// Imports everything that is in `source`. `mapping` is given a line `old_id,new_id` (CSV, RFC 4180) for every person who
/// is here afterwards.
pub async fn import(
    target: &Target<'_>,
    source: &mut Source,
    mode: Mode,
    mapping: &mut (dyn Write + Send),
) -> Result<Report, ImportError> {
    let (tokens, opener) = (AccountTokens::new(target.jwt_secret)?, Opener::new(target.better_auth_secret));
    let until = source.opened_at() - IN_FLIGHT;
    let mut report = Report::default();
    let mut after = String::new();
    writeln!(mapping, "old_id,new_id")?;
    loop {
        let people = source.people(&after, BATCH).await.map_err(ImportError::Source)?;
        let Some(last) = people.last() else { break };
        after.clone_from(&last.id);
        let old_ids: Vec<String> = people.iter().map(|person| person.id.clone()).collect();
        let accounts = source.accounts(&old_ids).await.map_err(ImportError::Source)?;
        let sessions = source.sessions(&old_ids).await.map_err(ImportError::Source)?;
        let mut transaction = target.pool.begin().await?;
        let mut batch = Batch { report: &mut report, until, now: target.clock.now(), tokens: &tokens, opener: &opener };
        let mut here = batch.people(&mut transaction, people).await?;
        batch.accounts(&mut transaction, &mut here, accounts).await?;
        batch.sessions(&mut transaction, &mut here, sessions).await?;
        here.mark(&mut transaction, until).await?;
        match mode {
            Mode::Store => transaction.commit().await?,
            Mode::DryRun => transaction.rollback().await?,
        }
        for id in old_ids.iter().filter(|id| here.has(id)) {
            writeln!(mapping, "{},{}", field(id), ids::user(id).simple())?;
        }
    }
    for id in source.accounts_of_nobody().await.map_err(ImportError::Source)? {
        report.accounts.left_out += 1;
        report.note("account", &id, Reason::Nobody);
    }
    for id in source.sessions_of_nobody().await.map_err(ImportError::Source)? {
        report.sessions.left_out += 1;
        report.note("session", &id, Reason::Nobody);
    }
    mapping.flush()?;
    Ok(report)
}

/// A field of a CSV line, in quotes where it needs them.
fn field(text: &str) -> String {
    if text.contains(['"', ',', '\r', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ids with commas, quotes and line breaks stay one field.
    #[test]
    fn fields_are_quoted_where_needed() {
        assert_eq!(field("abc"), "abc");
        assert_eq!(field("a,\"b\"\n"), "\"a,\"\"b\"\"\n\"");
    }
}
