//! One process while more and more callers follow signals: what they hold while nothing happens, and how long another caller waits
//! when all of them look for news at once, as they do when the connection on which news are heard has been lost.

use crate::{
    curve::{Curve, figure},
    large,
    load::{quantile, round},
    memory::memory,
    process::Process,
    receiver,
    start::OPERATOR,
    streams_of,
};
use reqwest::Client;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use sqlx::PgPool;
use std::time::Duration;
use uuid::Uuid;

/// In which each stream sends its blank comment at least once.
const QUIET: Duration = Duration::from_secs(16);
/// Who asks for something else meanwhile, and how long the looking is watched.
const OTHERS: usize = 4;
const LOOKING: Duration = Duration::from_secs(6);
const PAUSE: Duration = Duration::from_millis(10);

pub async fn measure(sizes: &[i64]) -> Curve {
    let mut curve = Curve::of("open streams of signals");
    more_descriptors();
    let database = large::database().await;
    let tenant = receiver::tenant(&database).await;
    let service = receiver::service(&database).await;
    let idle = memory(service.id());
    let mut held = Vec::new();
    for size in sizes {
        let more = u32::try_from(*size).unwrap() - u32::try_from(held.len()).unwrap();
        held.extend(streams_of::open(&service, more).await);
        let before = service.cpu();
        tokio::time::sleep(QUIET).await;
        let cpu = service.cpu().saturating_sub(before).as_secs_f64() / QUIET.as_secs_f64();
        let memory = memory(service.id());
        let mut alone = asked(&service, tenant).await;
        lose_the_listener(&database.pool).await;
        let mut beside = asked(&service, tenant).await;
        let descriptors = std::fs::read_dir(format!("/proc/{}/fd", service.id())).unwrap().count();
        curve.add(
            *size,
            &[
                ("memory MB", memory),
                ("KB each", (memory - idle) * 1000.0 / figure(*size)),
                ("cores", cpu),
                ("another p99 ms", quantile(&mut alone, 990)),
                ("another p99 ms while all look", quantile(&mut beside, 990)),
                ("longest ms", quantile(&mut beside, 1_000)),
                ("descriptors", figure(i64::try_from(descriptors).unwrap())),
            ],
        );
    }
    curve
}

/// How long a few others wait for a page.
async fn asked(service: &Process, tenant: Uuid) -> Vec<Duration> {
    let client = Client::builder().no_proxy().build().unwrap();
    let ask = async || {
        let request = client.get(format!("{}/signals", service.origin)).bearer_auth(OPERATOR);
        request.header("x-tenant-id", tenant.to_string()).send().await.unwrap().error_for_status().unwrap();
        1
    };
    round(OTHERS, LOOKING, PAUSE, ask).await.latencies
}

async fn lose_the_listener(pool: &PgPool) {
    let end = "select pg_terminate_backend(pid) from pg_stat_activity
               where datname = current_database() and query ilike 'listen %'";
    let ended = sqlx::query(end).execute(pool).await.unwrap();
    assert_eq!(ended.rows_affected(), 1, "the service listens on one connection");
}

/// Each stream is one here and one in the service, which has our limits.
fn more_descriptors() {
    let maximum = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).unwrap();
}
