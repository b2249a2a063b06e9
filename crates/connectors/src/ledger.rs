//! The way into the audit log for the one line that every token costs. It is committed before the token leaves, together with those
//! of others who ask at the same moment.

use crate::group::Group;
use db::{
    PgPool,
    audit::{self, Due},
};

/// Lines of the audit log on their way.
pub type Ledger = Group<Due>;

pub fn open(pool: &PgPool) -> Ledger {
    let pool = pool.clone();
    Group::open(move |batch| {
        let pool = pool.clone();
        async move {
            let written = audit::append_all(&pool, &batch).await;
            if let Err(error) = &written {
                tracing::error!(%error, lines = batch.len(), "lines of the audit log could not be written; no token leaves");
            }
            written.is_ok()
        }
    })
}
