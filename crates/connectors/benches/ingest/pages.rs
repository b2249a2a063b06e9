//! Is a page far down as fast as the first one? With each filter, in turns.

use crate::{large, load::quantile, memory::memory, process::Process, receiver, start::OPERATOR};
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use db::partitions::Month;
use reqwest::Client;
use serde_json::{Value, json};
use sqlx::PgPool;
use std::time::{Duration, Instant};
use uuid::Uuid;

const TENANTS: i64 = 20;
/// How far back the signals go.
const SPAN: TimeDelta = TimeDelta::days(300);
const DEEP: i64 = 10_000;
/// Of each page, with each filter.
const REQUESTS: usize = 200;
/// Partitions that a page may touch: the one it is in, and the next where it stands at an edge.
const MOST_PARTITIONS: i64 = 2;

pub async fn measure(signals: i64) -> Value {
    let database = large::database().await;
    let newest = Utc::now().trunc_subsecs(6);
    let (each, mut tenants) = (signals / TENANTS, Vec::new());
    // As large as pages can be if there are to be so many of them.
    let size = (each / (DEEP + DEEP / 10)).clamp(1, 50);
    let step = SPAN / i32::try_from(each).unwrap();
    for _ in 0..TENANTS {
        tenants.push(receiver::tenant(&database).await);
    }
    fill(&database.pool, &tenants, each, newest, step).await;
    let deep = newest - step * i32::try_from(size * DEEP).unwrap();
    let service = receiver::service(&database).await;
    let (client, before) = (Client::builder().no_proxy().build().unwrap(), memory(service.id()));
    let mut reports = Vec::new();
    println!("\n  {signals} signals of {TENANTS} tenants, {size} a page: the first page and the {DEEP}th");
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
    json!({ "signals": signals, "page": size, "filters": reports, "memory_mb": { "before": before, "after": after } })
}

/// One of the values that every tenant has.
fn value(filter: &str, tenant: Uuid) -> String {
    match filter {
        "provider" => "linear".to_owned(),
        "kind" => "push".to_owned(),
        _ => connection(tenant, 1).to_string(),
    }
}

fn connection(tenant: Uuid, number: u128) -> Uuid {
    Uuid::from_u128(tenant.as_u128().wrapping_add(number))
}

struct Pages<'a> {
    client: &'a Client,
    service: &'a Process,
    size: i64,
    filter: &'static str,
}

impl Pages<'_> {
    async fn page(&self, tenant: Uuid, more: &str) -> Value {
        let mut url = format!("{}/signals?limit={}{more}", self.service.origin, self.size);
        if !self.filter.is_empty() {
            url.extend(["&", self.filter, "=", &value(self.filter, tenant)]);
        }
        let request = self.client.get(url).bearer_auth(OPERATOR).header("x-tenant-id", tenant.to_string());
        let answer = request.send().await.unwrap().error_for_status().unwrap();
        let page: Value = answer.json().await.unwrap();
        let count = page["signals"].as_array().map_or(0, Vec::len);
        assert_eq!(i64::try_from(count).unwrap(), self.size, "a page that is not full");
        page
    }

    /// What leads on from there.
    async fn cursor_at(&self, tenant: Uuid, deep: DateTime<Utc>) -> String {
        let before = format!("&occurred_before={}", deep.format("%Y-%m-%dT%H:%M:%S%.6fZ"));
        let page = self.page(tenant, &before).await;
        format!("{before}&cursor={}", page["next_cursor"].as_str().unwrap())
    }

    async fn timed(&self, tenant: Uuid, more: &str) -> Duration {
        let asked = Instant::now();
        self.page(tenant, more).await;
        asked.elapsed()
    }
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

async fn fill(pool: &PgPool, tenants: &[Uuid], each: i64, newest: DateTime<Utc>, step: TimeDelta) {
    let days = (0..=SPAN.num_days()).map(|days| newest - TimeDelta::days(days));
    db::partitions::ensure_months(pool, &days.filter_map(Month::of).collect()).await.unwrap();
    let step = step.num_microseconds().unwrap();
    let mut session = pool.acquire().await.unwrap();
    for tenant in tenants {
        for first in (1..=each).step_by(100_000) {
            sqlx::query(
                "insert into signals
                   (tenant_id, id, position, connection_id, provider, kind, subject, actor, changes, occurred_at, received_at,
                    delivery_id, ordinal)
                 select $1, gen_random_uuid(), n,
                        (array[$2, $3, $4, $5, $6]::uuid[])[1 + n % 5],
                        (array['github', 'linear', 'slack'])[1 + n % 3],
                        (array['issue_created', 'issue_updated', 'comment_created', 'push', 'message_posted', 'reaction_added',
                               'pull_request_opened'])[1 + n % 7],
                        jsonb_build_object('type', 'issue', 'external_id', md5(n::text), 'number', n::text,
                                           'title', 'The roses unfold, all of them', 'url', 'https://example.com/' || n),
                        jsonb_build_object('external_id', n::text, 'name', 'Ada', 'is_bot', false),
                        '{}', $7 - ($8 - n) * $9 * interval '1 microsecond', $7, gen_random_uuid(), 0
                 from generate_series($10::bigint, $11::bigint) n",
            )
            .bind(tenant)
            .bind(connection(*tenant, 1))
            .bind(connection(*tenant, 2))
            .bind(connection(*tenant, 3))
            .bind(connection(*tenant, 4))
            .bind(connection(*tenant, 5))
            .bind(newest)
            .bind(each)
            .bind(step)
            .bind(first)
            .bind((first + 99_999).min(each))
            .execute(&mut *session)
            .await
            .unwrap();
        }
    }
    sqlx::raw_sql("analyze signals").execute(&mut *session).await.unwrap();
}
