//! The inserts with nothing in front of them.

use crate::bodies::{Made, Size};
use serde_json::{Value, json};
use sqlx::{PgPool, types::Json};
use uuid::Uuid;

/// One table with the columns of a delivery, its name in the queue's order, and the two keys by which a repetition is known: the
/// least that whoever stores deliveries once has to write.
pub async fn prepare(pool: &PgPool) {
    sqlx::raw_sql(
        "create table kept (
           tenant_id uuid not null,
           id uuid not null,
           provider text not null,
           event text not null,
           delivery_id text not null,
           id_key uuid not null,
           body_key uuid not null,
           headers jsonb not null,
           content_type text,
           body bytea not null,
           received_at timestamptz not null,
           state text not null default 'pending',
           primary key (tenant_id, id),
           unique (tenant_id, id_key),
           unique (tenant_id, body_key));
         create index kept_due on kept (received_at) where state = 'pending';
         alter table kept alter column body set compression lz4",
    )
    .execute(pool)
    .await
    .unwrap();
}

/// So many rows in one commit.
pub async fn insert(pool: &PgPool, tenant: Uuid, size: Size, batch: &[Made]) -> u64 {
    let provider = if size == Size::Large { "github" } else { "slack" };
    let ids: Vec<Uuid> = batch.iter().map(|_| Uuid::now_v7()).collect();
    let events: Vec<&str> = batch.iter().map(|one| one.event.as_str()).collect();
    let names: Vec<&str> = batch.iter().map(|one| one.id.as_str()).collect();
    // Keys are hashes, which come in no order.
    let keys: [Vec<Uuid>; 2] = [(); 2].map(|()| batch.iter().map(|_| Uuid::new_v4()).collect());
    let headers: Vec<Json<Value>> =
        batch.iter().map(|one| Json(json!({ "x-event": one.event, "x-delivery": one.id }))).collect();
    let bodies: Vec<&[u8]> = batch.iter().map(|one| one.body.as_bytes()).collect();
    sqlx::query(
        "insert into kept
           (tenant_id, provider, content_type, id, event, delivery_id, id_key, body_key, headers, body, received_at)
         select $1, $2, 'application/json', *, now()
         from unnest($3::uuid[], $4::text[], $5::text[], $6::uuid[], $7::uuid[], $8::jsonb[], $9::bytea[])
         on conflict do nothing",
    )
    .bind(tenant)
    .bind(provider)
    .bind(&ids)
    .bind(&events)
    .bind(&names)
    .bind(&keys[0])
    .bind(&keys[1])
    .bind(&headers)
    .bind(&bodies)
    .execute(pool)
    .await
    .unwrap()
    .rows_affected()
}
