//! Partitions by time: made ahead, and dropped when what is in them is old. Statements of the data definition are built as
//! text; nothing in them comes from outside.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, TimeDelta, Utc};
use kernel::lowest_id_at;
use sqlx::{AssertSqlSafe, Connection, Error, PgConnection, PgPool};
use std::collections::BTreeSet;

/// A lock on a partitioned table is waited for this long: behind it everybody else would queue up.
const PATIENCE: &str = "set local lock_timeout = '2s'";
/// One process at a time makes and drops partitions; the number is anybody's choice.
const LOCK: &str = "select pg_advisory_xact_lock(7201440)";
/// Rows that leave a table without partitions in one statement.
const SWEPT: i64 = 5000;

/// A month of signals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(NaiveDate);

impl Month {
    /// `None`: before the first month there are partitions of; such signals have a table of their own.
    pub fn of(at: DateTime<Utc>) -> Option<Self> {
        let first = at.date_naive().with_day(1)?;
        (first.year() >= 2026).then_some(Self(first))
    }

    fn next(self) -> Self {
        Self(self.0.checked_add_months(Months::new(1)).unwrap_or(self.0))
    }

    fn table(self) -> String {
        format!("signals_{}", self.0.format("%Y%m"))
    }
}

/// Makes the partitions of deliveries from a day before `now` to `days` after it.
pub async fn ensure_days(pool: &PgPool, now: DateTime<Utc>, days: u64) -> Result<(), Error> {
    let there = tables(pool, "deliveries").await?;
    let first = now.date_naive() - Days::new(1);
    for day in first.iter_days().take(usize::try_from(days).unwrap_or_default() + 2) {
        let table = format!("deliveries_{}", day.format("%Y%m%d"));
        if there.contains(&table) {
            continue;
        }
        let (from, to) = (lowest_id_at(midnight(day)), lowest_id_at(midnight(day + Days::new(1))));
        let mut connection = pool.acquire().await?;
        let mut transaction = connection.begin().await?;
        begin(&mut transaction).await?;
        // Rows that came before their partition wait in the default one, and have to move before it can be attached.
        run(&mut transaction, format!("create table if not exists {table} (like deliveries including all)")).await?;
        run(
            &mut transaction,
            format!(
                "with moved as (delete from deliveries_default where id >= '{from}' and id < '{to}' returning *)
                 insert into {table} select * from moved"
            ),
        )
        .await?;
        if !tables(&mut *transaction, "deliveries").await?.contains(&table) {
            let attach =
                format!("alter table deliveries attach partition {table} for values from ('{from}') to ('{to}')");
            run(&mut transaction, attach).await?;
        }
        transaction.commit().await?;
    }
    Ok(())
}

/// Makes the partitions of signals of these months, as far as they are missing.
pub async fn ensure_months(pool: &PgPool, months: &BTreeSet<Month>) -> Result<(), Error> {
    let there = tables(pool, "signals").await?;
    for month in months.iter().filter(|month| !there.contains(&month.table())) {
        let table = month.table();
        let (from, to) = (midnight(month.0), midnight(month.next().0));
        let mut connection = pool.acquire().await?;
        let mut transaction = connection.begin().await?;
        begin(&mut transaction).await?;
        if !tables(&mut *transaction, "signals").await?.contains(&table) {
            // Made apart and attached: that lets readers and writers of the other months go on.
            run(&mut transaction, format!("create table {table} (like signals including all)")).await?;
            let attach = format!("alter table signals attach partition {table} for values from ('{from}') to ('{to}')");
            run(&mut transaction, attach).await?;
        }
        transaction.commit().await?;
    }
    Ok(())
}

/// Drops the days of deliveries that ended before `before`, and what belongs to them. Returns the tables that went.
pub async fn drop_days(pool: &PgPool, before: DateTime<Utc>) -> Result<Vec<String>, Error> {
    let oldest_kept = before.date_naive();
    let mut gone = Vec::new();
    for table in tables(pool, "deliveries").await? {
        let day = table.strip_prefix("deliveries_").and_then(|day| NaiveDate::parse_from_str(day, "%Y%m%d").ok());
        if day.is_some_and(|day| day < oldest_kept) {
            drop_table(pool, &table).await?;
            gone.push(table);
        }
    }
    let bound = lowest_id_at(midnight(oldest_kept));
    for (table, id) in [
        ("deliveries_default", "id"),
        ("delivery_queue", "delivery_id"),
        ("delivery_addressees", "delivery_id"),
        ("delivery_keys", "delivery_id"),
    ] {
        sweep(pool, table, &format!("{id} < '{bound}'")).await?;
    }
    Ok(gone)
}

/// Drops the months of signals that ended before `before` and into which nothing has come since then. What happened before
/// there were months is deleted row by row.
pub async fn drop_months(pool: &PgPool, before: DateTime<Utc>) -> Result<Vec<String>, Error> {
    let mut gone = Vec::new();
    for table in tables(pool, "signals").await? {
        let month = table.strip_prefix("signals_").and_then(|month| format!("{month}01").parse::<u32>().ok());
        let month = month.and_then(|digits| NaiveDate::parse_from_str(&digits.to_string(), "%Y%m%d").ok()).map(Month);
        let Some(month) = month.filter(|month| midnight(month.next().0) <= before) else { continue };
        let lately = format!("select exists (select 1 from {} where received_at >= $1)", month.table());
        let is_in_use: bool = sqlx::query_scalar(AssertSqlSafe(lately)).bind(before).fetch_one(pool).await?;
        if !is_in_use {
            drop_table(pool, &table).await?;
            gone.push(table);
        }
    }
    sweep(pool, "signals_before", &format!("received_at < '{before}'")).await?;
    Ok(gone)
}

/// In pieces, so that no lock and no transaction lasts long.
async fn sweep(pool: &PgPool, table: &str, condition: &str) -> Result<(), Error> {
    let delete = format!(
        "delete from {table} where ctid = any(array(select ctid from {table} where {condition} limit {SWEPT}))"
    );
    loop {
        let swept = sqlx::query(AssertSqlSafe(delete.clone())).execute(pool).await?.rows_affected();
        if swept < SWEPT.unsigned_abs() {
            return Ok(());
        }
    }
}

async fn drop_table(pool: &PgPool, table: &str) -> Result<(), Error> {
    let mut connection = pool.acquire().await?;
    let mut transaction = connection.begin().await?;
    begin(&mut transaction).await?;
    run(&mut transaction, format!("drop table if exists {table}")).await?;
    transaction.commit().await
}

async fn begin(transaction: &mut PgConnection) -> Result<(), Error> {
    run(transaction, PATIENCE.to_owned()).await?;
    run(transaction, LOCK.to_owned()).await
}

async fn run(connection: &mut PgConnection, statement: String) -> Result<(), Error> {
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(connection).await?;
    Ok(())
}

/// The attached partitions of a table.
async fn tables(executor: impl sqlx::PgExecutor<'_>, parent: &str) -> Result<BTreeSet<String>, Error> {
    let names: Vec<String> = sqlx::query_scalar(
        "select c.relname::text
         from pg_inherits i
         join pg_class c on c.oid = i.inhrelid
         where i.inhparent = to_regclass($1)",
    )
    .bind(parent)
    .fetch_all(executor)
    .await?;
    Ok(names.into_iter().collect())
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(chrono::NaiveTime::MIN).and_utc()
}

/// The latest time that a signal can have happened: what a vendor's clock says beyond it is not believed.
pub fn latest(received_at: DateTime<Utc>) -> DateTime<Utc> {
    received_at + TimeDelta::days(1)
}
