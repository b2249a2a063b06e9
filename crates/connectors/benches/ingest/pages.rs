//! Is a page far down as fast as the first one? With each filter, in turns.

use crate::{
    large,
    load::quantile,
    memory::memory,
    receiver,
    signals::{self, Pages, SPAN, value},
};
use chrono::{DateTime, SubsecRound, Utc};
use reqwest::Client;
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

const TENANTS: i64 = 20;
const DEEP: i64 = 10_000;
/// Of each page, with each filter.
const REQUESTS: usize = 200;
/// Partitions that a page may touch: the one it is in, and the next where it stands at an edge.
const MOST_PARTITIONS: i64 = 2;

pub async fn measure(count: i64) -> Value {
    let database = large::database().await;
    let newest = Utc::now().trunc_subsecs(6);
    let (each, mut tenants) = (count / TENANTS, Vec::new());
    // As large as pages can be if there are to be so many of them.
    let size = (each / (DEEP + DEEP / 10)).clamp(1, 50);
    let step = SPAN / i32::try_from(each).unwrap();
    for _ in 0..TENANTS {
        tenants.push(receiver::tenant(&database).await);
    }
    signals::fill(&database.pool, &tenants, 1..=each, each, (newest, step)).await;
    let deep = newest - step * i32::try_from(size * DEEP).unwrap();
    let service = receiver::service(&database).await;
    let (client, before) = (Client::builder().no_proxy().build().unwrap(), memory(service.id()));
    let mut reports = Vec::new();
    println!("\n  {count} signals of {TENANTS} tenants, {size} a page: the first page and the {DEEP}th");
    println!("  filter             first p50       p99     {DEEP}th p50       p99   p99 ratio   partitions read");
    for filter in ["", "provider", "connection_id", "kind"] {
        let pages = Pages { client: &client, service: &service, size, filter };
        let mut cursors = Vec::new();
        for tenant in &tenants {
            cursors.push((*tenant, pages.cursor_at(*tenant, deep).await));
        }
        let (mut first, mut down) = (Vec::new(), Vec::new());
        for (number, (tenant, cursor)) in cursors.iter().cycle().take(REQUESTS).enumerate() {
            let (near, far) = (pages.timed(*tenant, "").await, pages.timed(*tenant, cursor).await);
            // The first round of each warms up.
            if number >= cursors.len() {
                first.push(near);
                down.push(far);
            }
        }
        let partitions = partitions_read(&database.pool, tenants[0], filter, deep, size).await;
        assert!(partitions <= MOST_PARTITIONS, "a page {filter} reads {partitions} partitions");
        let [first_50, first_99] = [500, 990].map(|per_mille| quantile(&mut first, per_mille));
        let [down_50, down_99] = [500, 990].map(|per_mille| quantile(&mut down, per_mille));
        let ratio = down_99 / first_99;
        let shown = if filter.is_empty() { "none" } else { filter };
        println!(
            "  {shown:<16} {first_50:>8.2} ms {first_99:>6.2} ms    {down_50:>8.2} ms {down_99:>6.2} ms   {ratio:>9.2}   {partitions:>15}"
        );
        reports.push(json!({
            "filter": shown, "first_p50_ms": first_50, "first_p99_ms": first_99, "deep_p50_ms": down_50, "deep_p99_ms": down_99,
            "p50_ratio": down_50 / first_50, "p99_ratio": ratio, "partitions_read": partitions,
        }));
    }
    let after = memory(service.id());
    println!("  the service's memory in MB: {before:.1} before, {after:.1} after");
    drop(service);
    json!({ "signals": count, "page": size, "filters": reports, "memory_mb": { "before": before, "after": after } })
}

/// Of such a query, as the server runs it.
async fn partitions_read(pool: &PgPool, tenant: Uuid, filter: &str, deep: DateTime<Utc>, size: i64) -> i64 {
    let condition = match filter {
        "" => String::new(),
        "connection_id" => format!("and connection_id = '{}'", value(filter, tenant)),
        _ => format!("and {filter} = '{}'", value(filter, tenant)),
    };
    let explain = format!(
        "explain (analyze, format json)
         select * from signals
         where tenant_id = '{tenant}' {condition} and occurred_at <= '{deep}'
         order by occurred_at desc, id desc
         limit {size}"
    );
    let plan: Value = sqlx::query_scalar(sqlx::AssertSqlSafe(explain)).fetch_one(pool).await.unwrap();
    touched(&plan[0]["Plan"])
}

/// Scans that have run; those behind the last row of the page never do.
fn touched(plan: &Value) -> i64 {
    let own = plan["Relation Name"].is_string() && plan["Actual Loops"].as_i64().unwrap_or_default() > 0;
    let below = plan["Plans"].as_array().into_iter().flatten().map(touched).sum::<i64>();
    i64::from(own) + below
}
