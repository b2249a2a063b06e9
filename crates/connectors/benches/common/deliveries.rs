//! Deliveries that wait to be read, as many as one wants.

use crate::bodies::{Bodies, Size};
use sqlx::PgPool;
use std::time::Duration;
use uuid::Uuid;

/// Waits until the service has made the partitions of today.
pub async fn partitioned(pool: &PgPool) {
    while partitions(pool).await < 2 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn partitions(pool: &PgPool) -> i64 {
    let count = "select count(*) from pg_inherits where inhparent = 'deliveries'::regclass";
    sqlx::query_scalar(count).fetch_one(pool).await.unwrap()
}

/// Twenty lanes, each delivery with a time of its own.
pub async fn fill(pool: &PgPool, tenant: Uuid, size: i64, bodies: &Bodies) {
    let template = bodies.next(Size::Small).body;
    let mut connection = pool.acquire().await.unwrap();
    for first in (0..size).step_by(100_000) {
        let last = (first + 100_000).min(size) - 1;
        sqlx::query(
            "with new as materialized (
               select n, (lpad(to_hex((extract(epoch from now()) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 3)
                          || '8' || substr(md5(n::text), 4, 15))::uuid as id
               from generate_series($1::bigint, $2::bigint) n),
             kept as (
               insert into deliveries (tenant_id, id, provider, event, delivery_id, content_type, body, received_at)
               select $3, id, 'slack', 'message', 'waiting-' || n, 'application/json',
                      convert_to(regexp_replace($4, '\"ts\":\"[0-9.]+\"', '\"ts\":\"' || 1767323045 + n / 1000 || '.'
                                                || lpad((n % 1000)::text, 6, '0') || '\"'), 'utf8'), now()
               from new)
             insert into delivery_queue (tenant_id, delivery_id, lane, next_attempt_at)
             select $3, id, md5((n % 20)::text)::uuid, now() from new",
        )
        .bind(first)
        .bind(last)
        .bind(tenant)
        .bind(&template)
        .execute(&mut *connection)
        .await
        .unwrap();
    }
    sqlx::raw_sql("analyze deliveries; analyze delivery_queue").execute(&mut *connection).await.unwrap();
}
