//! Deliveries that wait to be read, and a moment of peace before each turn.

use sqlx::PgPool;
use std::time::Duration;

pub async fn waiting(pool: &PgPool) -> i64 {
    let ready = "select count(*) from delivery_queue where state = 'ready'";
    sqlx::query_scalar(ready).fetch_one(pool).await.unwrap()
}

/// Waits until everything taken so far has been read, so that nobody's turn is disturbed by what is left of another's.
pub async fn drained(pool: &PgPool) {
    while waiting(pool).await > 0 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
