//! Signals of some tenants, many of them, and pages of these.

use crate::{process::Process, start::OPERATOR};
use chrono::{DateTime, TimeDelta, Utc};
use db::partitions::Month;
use reqwest::Client;
use serde_json::Value;
use sqlx::PgPool;
use std::{
    ops::RangeInclusive,
    time::{Duration, Instant},
};
use uuid::Uuid;

/// How far back the signals go.
pub const SPAN: TimeDelta = TimeDelta::days(300);

/// One of the values that every tenant has.
pub fn value(filter: &str, tenant: Uuid) -> String {
    match filter {
        "provider" => "linear".to_owned(),
        "kind" => "push".to_owned(),
        _ => connection(tenant, 1).to_string(),
    }
}

fn connection(tenant: Uuid, number: u128) -> Uuid {
    Uuid::from_u128(tenant.as_u128().wrapping_add(number))
}

pub struct Pages<'a> {
    pub client: &'a Client,
    pub service: &'a Process,
    pub size: i64,
    pub filter: &'static str,
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
    pub async fn cursor_at(&self, tenant: Uuid, deep: DateTime<Utc>) -> String {
        let before = format!("&occurred_before={}", deep.format("%Y-%m-%dT%H:%M:%S%.6fZ"));
        let page = self.page(tenant, &before).await;
        format!("{before}&cursor={}", page["next_cursor"].as_str().unwrap())
    }

    pub async fn timed(&self, tenant: Uuid, more: &str) -> Duration {
        let asked = Instant::now();
        self.page(tenant, more).await;
        asked.elapsed()
    }
}

/// Of each tenant those with these numbers, a step of time from one to the next; `newest` is that of the last one, `each`.
pub async fn fill(
    pool: &PgPool,
    tenants: &[Uuid],
    numbers: RangeInclusive<i64>,
    each: i64,
    (newest, step): (DateTime<Utc>, TimeDelta),
) {
    let days = (0..=SPAN.num_days()).map(|days| newest - TimeDelta::days(days));
    db::partitions::ensure_months(pool, &days.filter_map(Month::of).collect()).await.unwrap();
    let step = step.num_microseconds().unwrap();
    let mut session = pool.acquire().await.unwrap();
    for tenant in tenants {
        for first in numbers.clone().step_by(100_000) {
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
            .bind((first + 99_999).min(*numbers.end()))
            .execute(&mut *session)
            .await
            .unwrap();
        }
    }
    sqlx::raw_sql("analyze signals").execute(&mut *session).await.unwrap();
}
