//! Signals lie in partitions by month. Those of now and soon are made ahead; what happened long ago makes its own when it
//! arrives.

use crate::App;
use db::partitions::{self, Month};
use std::collections::BTreeSet;

/// Sees to it that there is a partition for each of them. Costs a look into memory where there is. Not in a transaction that has touched
/// deliveries: whoever makes their partitions waits for that, and has what is waited for here.
pub async fn ensure(app: &App, months: impl Iterator<Item = Month>) -> Result<(), db::Error> {
    let wanted: BTreeSet<Month> = months.collect();
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
