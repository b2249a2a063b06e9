//! The server from outside: its processor time.

use crate::process;
use sqlx::PgPool;
use std::time::Duration;

/// The postmaster, which is the parent of every backend. `None`: the server is not one of this machine.
pub async fn postmaster(pool: &PgPool) -> Option<u32> {
    let backend: i32 = sqlx::query_scalar("select pg_backend_pid()").fetch_one(pool).await.unwrap();
    let name = std::fs::read_to_string(format!("/proc/{backend}/comm")).ok()?;
    let backend = process::stat(u32::try_from(backend).unwrap()).filter(|_| name.trim() == "postgres")?;
    backend[1].parse().ok()
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
