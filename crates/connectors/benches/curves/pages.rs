//! A page of signals while the table grows as it does with time: each tenant has one signal after the other, and what is added lies
//! further back, so that the largest table has a partition a month.

use crate::{
    curve::{Curve, figure},
    large,
    load::quantile,
    postgres, receiver,
    signals::{self, Pages, SPAN},
};
use chrono::{SubsecRound, Utc};
use reqwest::Client;
use sqlx::PgPool;
use std::time::Duration;
use uuid::Uuid;

const TENANTS: i64 = 20;
const PAGE: i64 = 50;
/// Of each of the two pages in a turn, one after the other.
const REQUESTS: usize = 300;
const TURNS: usize = 4;

/// What one of the two pages came to.
#[derive(Default)]
struct Asked {
    latencies: Vec<Duration>,
    /// Of the service and of Postgres.
    cpu: Duration,
}

impl Asked {
    fn quantiles(&mut self) -> [f64; 2] {
        [500, 990].map(|per_mille| quantile(&mut self.latencies, per_mille))
    }

    fn cpu_ms(&self) -> f64 {
        self.cpu.as_secs_f64() * 1000.0 / f64::from(u32::try_from(self.latencies.len()).unwrap())
    }
}

pub async fn measure(sizes: &[i64]) -> Curve {
    let mut curve = Curve::of("signals in the table");
    let database = large::database().await;
    let newest = Utc::now().trunc_subsecs(6);
    let most = sizes.last().unwrap() / TENANTS;
    let step = SPAN / i32::try_from(most).unwrap();
    let postmaster = postgres::postmaster(&database.pool).await.unwrap();
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
        let first: Vec<(Uuid, String)> = tenants.iter().map(|tenant| (*tenant, String::new())).collect();
        // They take turns, so that nothing else on this machine meets one of them alone; the first turn warms up.
        let (mut near, mut far) = (Asked::default(), Asked::default());
        for number in 0..=TURNS {
            for (asked, which) in [(&mut near, &first), (&mut far, &cursors)] {
                let before = service.cpu() + postgres::cpu(postmaster);
                let mut latencies = Vec::new();
                for (tenant, cursor) in which.iter().cycle().take(REQUESTS) {
                    latencies.push(pages.timed(*tenant, cursor).await);
                }
                if number > 0 {
                    asked.latencies.extend(latencies);
                    asked.cpu += (service.cpu() + postgres::cpu(postmaster)).saturating_sub(before);
                }
            }
        }
        let ([near_50, near_99], [far_50, far_99]) = (near.quantiles(), far.quantiles());
        curve.add(
            *size,
            &[
                ("first p50 ms", near_50),
                ("first p99 ms", near_99),
                ("first CPU ms", near.cpu_ms()),
                ("half way down p50 ms", far_50),
                ("half way down p99 ms", far_99),
                ("half way down CPU ms", far.cpu_ms()),
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
