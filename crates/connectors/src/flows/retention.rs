//! What is old goes: deliveries by the day, signals by the month, counters row by row. And what is to come has its partitions
//! made ahead.

use crate::{
    App,
    flows::{
        audit::{self, AuditError},
        months,
    },
};
use chrono::{DateTime, Days, Months, Utc};
use db::{
    agent_runs, deliveries,
    partitions::{self, Month},
};

/// Days of deliveries that are made ahead: a service that sweeps nothing for this long still finds its partitions, and after
/// that the default one.
const DAYS_AHEAD: u64 = 7;
/// How long refused webhooks are counted.
const REFUSALS_DAYS: u64 = 90;

/// How long things are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_field_names, reason = "the unit")]
pub struct Retention {
    /// Deliveries with their bodies, from their arrival; as long a repetition is recognised, and can be replayed.
    pub deliveries_days: u64,
    /// Signals, from their arrival at least.
    pub signals_days: u64,
    /// Runs of the agent with their transcripts.
    pub runs_days: u64,
    /// Lines of the audit log.
    pub audit_days: u64,
}

/// Something old is still there, or something to come has no place.
#[derive(Debug, thiserror::Error)]
pub enum RetentionError {
    #[error(transparent)]
    Audit(#[from] AuditError),
    #[error("the database failed")]
    Database(#[from] db::Error),
}

/// Partitions for what is written now and soon.
pub async fn make_room(app: &App) -> Result<(), db::Error> {
    let now = app.clock.now();
    partitions::ensure_days(&app.pool, now, DAYS_AHEAD).await?;
    let soon = [now, now + Months::new(1)].into_iter().filter_map(Month::of).collect();
    partitions::ensure_months(&app.pool, &soon).await
}

/// Drops what is older than the settings say.
pub async fn pass(app: &App) -> Result<(), RetentionError> {
    make_room(app).await?;
    let now = app.clock.now();
    let before = |days: u64| -> DateTime<Utc> { now.checked_sub_days(Days::new(days)).unwrap_or(now) };
    let days = partitions::drop_days(&app.pool, before(app.config.retention.deliveries_days)).await?;
    let months = partitions::drop_months(&app.pool, before(app.config.retention.signals_days)).await?;
    if !months.is_empty() {
        months::forget(app).await;
    }
    agent_runs::sweep_for_any_tenant(&app.pool, before(app.config.retention.runs_days)).await?;
    deliveries::sweep_refusals(&app.pool, before(REFUSALS_DAYS)).await?;
    audit::trim(app, before(app.config.retention.audit_days)).await?;
    if !days.is_empty() || !months.is_empty() {
        tracing::info!(?days, ?months, "old partitions were dropped");
    }
    Ok(())
}
