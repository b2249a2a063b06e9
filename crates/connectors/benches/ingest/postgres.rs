//! The server from outside: its processor time, and a moment of peace before each turn.

use crate::process;
use sqlx::PgPool;
use std::time::Duration;

/// The postmaster, which is the parent of every backend.
pub async fn postmaster(pool: &PgPool) -> u32 {
    let backend: i32 = sqlx::query_scalar("select pg_backend_pid()").fetch_one(pool).await.unwrap();
    process::stat(u32::try_from(backend).unwrap()).unwrap()[1].parse().unwrap()
}

/// Processor time so far of the server and all its children, also of those that have ended.
pub fn cpu(postmaster: u32) -> Duration {
    let ended = process::stat(postmaster).unwrap();
    let ticks: u64 = [&ended[13], &ended[14]].iter().map(|field| field.parse::<u64>().unwrap()).sum();
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let children = ids.filter(|id| process::stat(*id).is_some_and(|fields| fields[1].parse() == Ok(postmaster)));
    let living: Duration = children.filter_map(process::cpu).sum();
    living + Duration::from_millis(ticks * 10) + process::cpu(postmaster).unwrap()
}

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
