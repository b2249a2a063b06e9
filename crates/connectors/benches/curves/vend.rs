//! Handing out tokens while the table of connections grows. Those whose tokens are asked for are made as an operator makes them, some
//! at each size, so that they lie all over the table; the others are rows of the same shape.

use crate::{
    curve::{Curve, figure},
    postgres,
    rig::{Held, Rig},
    start::OPERATOR,
    turns::turns,
};
use reqwest::Client;
use sqlx::PgPool;
use std::sync::atomic::{AtomicUsize, Ordering};
use uuid::Uuid;

const TENANTS: usize = 10;
/// Made at each size, of each tenant.
const EACH: usize = 4;

pub async fn measure(sizes: &[i64]) -> Curve {
    let mut curve = Curve::of("connections in the table");
    let rig = Rig::start().await;
    let service = rig.first().await;
    let postmaster = postgres::postmaster(&rig.database.pool).await.unwrap();
    let client = Client::builder().no_proxy().build().unwrap();
    let tenants: Vec<Uuid> = (0..TENANTS).map(|_| Uuid::now_v7()).collect();
    let (mut held, mut filled) = (Vec::new(), 0);
    for size in sizes {
        let people = held.len() / TENANTS..held.len() / TENANTS + EACH;
        let made = i64::try_from(people.end * TENANTS).unwrap();
        fill(&rig.database.pool, filled, size - made).await;
        filled = size - made;
        for tenant in &tenants {
            held.extend(rig.connect(&service, *tenant, people.clone()).await);
        }
        settled(&rig.database.pool, *size).await;
        let spent = || service.cpu() + postgres::cpu(postmaster);
        let (next, before) = (AtomicUsize::new(0), spent());
        let turns = turns(async || {
            let one = &held[next.fetch_add(1, Ordering::Relaxed) % held.len()];
            vended(&client, &service.origin, one).await;
        })
        .await;
        curve.add(
            *size,
            &[
                ("tokens a second", turns.per_second),
                ("p50 ms", turns.p50_ms),
                ("p99 ms", turns.p99_ms),
                ("CPU ms", spent().saturating_sub(before).as_secs_f64() * 1000.0 / turns.done),
                ("asked for", figure(i64::try_from(held.len()).unwrap())),
            ],
        );
    }
    curve
}

pub async fn vended(client: &Client, origin: &str, held: &Held) {
    let url = format!("{origin}/oauth/token/linear?connection_id={}", held.connection);
    let request = client.get(url).bearer_auth(OPERATOR).header("x-tenant-id", held.tenant.to_string());
    let answer = request.send().await.unwrap();
    let (status, text) = (answer.status(), answer.text().await.unwrap());
    assert!(status.is_success() && text.contains("\"access_token\":\"lin_oauth_"), "{status} {text}");
}

/// Ten to a tenant, with grants that are as long as real ones and that nobody opens.
async fn fill(pool: &PgPool, from: i64, to: i64) {
    for first in (from..to).step_by(100_000) {
        sqlx::query(
            "with numbers as materialized (
               select n, md5('connection ' || n)::uuid as id, md5('tenant ' || n / 10)::uuid as tenant
               from generate_series($1::bigint, $2::bigint) n),
             owners as (
               insert into tenants (id, kind) select distinct tenant, 'organization' from numbers on conflict do nothing),
             made as (
               insert into connections
                 (tenant_id, id, provider, kind, account_id, display_name, status, status_detail, created_at, updated_at)
               select tenant, id, 'linear', 'account', id::text, 'somebody', 'active', '{\"status\": \"active\"}', now(), now()
               from numbers)
             insert into grants (tenant_id, connection_id, sealed)
             select tenant, id, decode(repeat(md5(n::text), 26), 'hex') from numbers",
        )
        .bind(first)
        .bind((first + 100_000).min(to) - 1)
        .execute(pool)
        .await
        .unwrap();
    }
}

/// Leaves the server nothing to do behind our back, and looks that there are as many as we say.
async fn settled(pool: &PgPool, size: i64) {
    for statement in ["vacuum analyze connections", "vacuum analyze grants", "vacuum analyze tenants"] {
        sqlx::query(statement).execute(pool).await.unwrap();
    }
    let count: i64 = sqlx::query_scalar("select count(*) from grants").fetch_one(pool).await.unwrap();
    assert_eq!(count, size);
}
