//! The way into the audit log for the one line that every token costs. It is committed before the token leaves, together with those
//! of others who ask at the same moment.

use crate::group::Group;
use db::{
    Steady,
    audit::{self, Due},
};

/// Lines of the audit log on their way.
pub type Ledger = Group<Due>;

pub fn open(steady: &Steady) -> Ledger {
    let steady = steady.clone();
    Group::open(move |batch| {
        let steady = steady.clone();
        async move {
            let written = append(&steady, &batch).await;
            if let Err(error) = &written {
                tracing::error!(%error, lines = batch.len(), "lines of the audit log could not be written; no token leaves");
            }
            written.is_ok()
        }
    })
}

async fn append(steady: &Steady, lines: &[Due]) -> Result<(), db::Error> {
    let mut wire = steady.acquire().await?;
    audit::append_all(&mut *wire, lines).await?;
    wire.back();
    Ok(())
}
