//! A page of signals while the table grows as it does with time: each tenant has one signal after the other, and what is added lies
//! further back, so that the largest table has a partition a month.

use crate::{
    curve::{Curve, figure},
    large,
    load::quantile,
    receiver,
    signals::{self, Pages, SPAN},
};
use chrono::{SubsecRound, Utc};
use reqwest::Client;
use sqlx::PgPool;

const TENANTS: i64 = 20;
const PAGE: i64 = 50;
/// Of each of the two pages, one after the other.
const REQUESTS: usize = 1_000;

pub async fn measure(sizes: &[i64]) -> Curve {
    let mut curve = Curve::of("signals in the table");
    let database = large::database().await;
    let newest = Utc::now().trunc_subsecs(6);
    let most = sizes.last().unwrap() / TENANTS;
    let step = SPAN / i32::try_from(most).unwrap();
    let (mut tenants, mut there) = (Vec::new(), 0);
    for _ in 0..TENANTS {
        tenants.push(receiver::tenant(&database).await);
    }
    for size in sizes {
        let each = size / TENANTS;
        signals::fill(&database.pool, &tenants, most - each + 1..=most - there, most, (newest, step)).await;
        there = each;
        let stored = settled(&database.pool).await;
        let service = receiver::service(&database).await;
        let client = Client::builder().no_proxy().build().unwrap();
        let pages = Pages { client: &client, service: &service, size: PAGE, filter: "" };
        let mut cursors = Vec::new();
        for tenant in &tenants {
            cursors.push((*tenant, pages.cursor_at(*tenant, newest - step * i32::try_from(each / 2).unwrap()).await));
        }
        let (mut first, mut down) = (Vec::new(), Vec::new());
        for (number, (tenant, cursor)) in cursors.iter().cycle().take(REQUESTS + cursors.len()).enumerate() {
            let (near, far) = (pages.timed(*tenant, "").await, pages.timed(*tenant, cursor).await);
            // The first of each warms up.
            if number >= cursors.len() {
                first.push(near);
                down.push(far);
            }
        }
        let [first_50, first_99] = [500, 990].map(|per_mille| quantile(&mut first, per_mille));
        let [down_50, down_99] = [500, 990].map(|per_mille| quantile(&mut down, per_mille));
        curve.add(
            *size,
            &[
                ("first p50 ms", first_50),
                ("first p99 ms", first_99),
                ("half way down p50 ms", down_50),
                ("half way down p99 ms", down_99),
                ("stored GB", figure(stored) / 1e9),
            ],
        );
    }
    curve
}

/// Leaves the server nothing to do behind our back; in bytes, what the signals take with their indices.
async fn settled(pool: &PgPool) -> i64 {
    sqlx::query("vacuum signals").execute(pool).await.unwrap();
    let sum =
        "select sum(pg_total_relation_size(inhrelid))::bigint from pg_inherits where inhparent = 'signals'::regclass";
    sqlx::query_scalar(sum).fetch_one(pool).await.unwrap()
}
