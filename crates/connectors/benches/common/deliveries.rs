//! Deliveries that wait to be read, as many as one wants.

use crate::bodies::{Bodies, Size};
use sqlx::PgPool;
use uuid::Uuid;

/// As the service keeps them.
const DAYS_AHEAD: u64 = 7;

/// Those that the service makes ahead: made while it takes deliveries, they would be in its way.
pub async fn partitions(pool: &PgPool) {
    db::partitions::ensure_days(pool, chrono::Utc::now(), DAYS_AHEAD).await.unwrap();
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
               insert into deliveries (tenant_id, id, provider, event, delivery_id, content_type, body, received_at, state)
               select $3, id, 'slack', 'message', 'waiting-' || n, 'application/json',
                      convert_to(regexp_replace($4, '\"ts\":\"[0-9.]+\"', '\"ts\":\"' || 1767323045 + n / 1000 || '.'
                                                || lpad((n % 1000)::text, 6, '0') || '\"'), 'utf8'), now(), 'done'
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
