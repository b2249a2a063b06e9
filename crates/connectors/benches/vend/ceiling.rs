//! The most that a service of this shape can reach: the same HTTP stack with nothing behind it, and with nothing behind it but
//! the statements that every vend needs, one that finds the grant and one that writes the audit line.

use axum::{
    Json, Router,
    extract::{Path, State},
    routing::get,
};
use serde_json::{Value, json};
use sqlx::PgPool;
use testkit::Database;

/// Names the database to the process that serves the ceiling.
pub const SELF: &str = "VEND_CEILING_DATABASE_URL";
/// As many connections to Postgres as the service has.
const POOL: u32 = 20;

fn answer() -> Value {
    json!({
        "access_token": format!("lin_oauth_{}", "x".repeat(64)),
        "token_type": "Bearer",
        "expires_at": "2026-01-01T00:00:00Z",
        "scopes": ["read", "write"],
        "connection_id": "00000000-0000-7000-8000-000000000000",
        "provider": "linear",
    })
}

/// The rows that are asked for, of the size of a sealed grant.
pub async fn fill(database: &Database, rows: usize) {
    sqlx::raw_sql("create table held (id int primary key, sealed bytea); create table told (id bigserial primary key, line jsonb)")
        .execute(&database.pool)
        .await
        .unwrap();
    for row in 0..i32::try_from(rows).unwrap() {
        sqlx::query("insert into held values ($1, $2)")
            .bind(row)
            .bind(vec![0_u8; 420])
            .execute(&database.pool)
            .await
            .unwrap();
    }
}

pub fn router(url: &str) -> Router {
    let pool = db::connect(url, POOL).unwrap();
    Router::new()
        .route("/fixed", get(async || Json(answer())))
        .route("/statements/{id}", get(statements))
        .with_state(pool)
}

async fn statements(State(pool): State<PgPool>, Path(id): Path<i32>) -> Json<Value> {
    let _sealed: Vec<u8> =
        sqlx::query_scalar("select sealed from held where id = $1").bind(id).fetch_one(&pool).await.unwrap();
    sqlx::query("insert into told (line) values ($1)")
        .bind(json!({"action": "token.vend", "provider": "linear"}))
        .execute(&pool)
        .await
        .unwrap();
    Json(answer())
}
