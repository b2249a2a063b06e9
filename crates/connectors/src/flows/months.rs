//! Signals lie in partitions by month. Those of now and soon are made ahead; what happened long ago makes its own when it
//! arrives.

use crate::App;
use db::{
    partitions::{self, Month},
    signals::Write,
};
use std::collections::BTreeSet;

/// Sees to it that there is a partition for each of them. Costs a look into memory where there is.
pub async fn ensure(app: &App, writes: &[Write<'_>]) -> Result<(), db::Error> {
    let wanted: BTreeSet<Month> = writes.iter().filter_map(Write::month).collect();
    let mut known = app.memory.months.lock().await;
    if wanted.is_subset(&known) {
        return Ok(());
    }
    partitions::ensure_months(&app.pool, &wanted).await?;
    known.extend(wanted);
    Ok(())
}

/// Forgets what is known: partitions have been dropped.
pub async fn forget(app: &App) {
    app.memory.months.lock().await.clear();
}
