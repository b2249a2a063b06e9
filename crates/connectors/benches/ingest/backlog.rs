//! Does a delivery wait longer for its answer while many others wait to be read?

use crate::{
    bodies::{Bodies, Size},
    deliveries, large,
    load::{quantile, round},
    memory::memory,
    process::Process,
    queue,
    receiver::{self, SMALL_SECRET},
    send::request,
};
use reqwest::Client;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// A steady load that leaves room: what is asked is how long each waits.
const CLIENTS: usize = 8;
const PAUSE: Duration = Duration::from_millis(30);
const ROUND: Duration = Duration::from_secs(10);
/// For as many rounds at most the load goes on while the backlog is read.
const ROUNDS: usize = 6;

pub async fn measure(size: i64) -> Value {
    let (database, bodies) = (large::database().await, Bodies::read());
    let tenant = receiver::tenant(&database).await;
    deliveries::partitions(&database.pool).await;
    let first = receiver::service(&database).await;
    let mut quiet = offered(&first, tenant, &bodies).await;
    queue::drained(&database.pool).await;
    drop(first);
    deliveries::fill(&database.pool, tenant, size, &bodies).await;
    let service = receiver::service(&database).await;
    let (before, began) = (memory(service.id()), Instant::now());
    let (mut busy, mut taken, mut most) = (Vec::new(), 0, before);
    for _ in 0..ROUNDS {
        if queue::waiting(&database.pool).await == 0 {
            break;
        }
        let latencies = offered(&service, tenant, &bodies).await;
        taken += i64::try_from(latencies.len()).unwrap();
        busy.extend(latencies);
        most = most.max(memory(service.id()));
    }
    let (left, under_load) = (queue::waiting(&database.pool).await, began.elapsed());
    queue::drained(&database.pool).await;
    let alone = began.elapsed().saturating_sub(under_load);
    let rate = |count: i64, time: Duration| f64::from(u32::try_from(count).unwrap()) / time.as_secs_f64();
    let [while_loaded, afterwards] = [rate(size + taken - left, under_load), rate(left, alone)];
    let after = memory(service.id());
    let [quiet_50, quiet_99] = [500, 990].map(|per_mille| quantile(&mut quiet, per_mille));
    let [busy_50, busy_99] = [500, 990].map(|per_mille| quantile(&mut busy, per_mille));
    println!("\n  {size} deliveries wait to be read");
    println!("  an answer, without them   p50 {quiet_50:>7.2} ms   p99 {quiet_99:>7.2} ms");
    println!("  an answer, beside them    p50 {busy_50:>7.2} ms   p99 {busy_99:>7.2} ms");
    println!("  read a second: {while_loaded:.0} beside the load; {left} were left, and read at {afterwards:.0}");
    println!("  the service's memory in MB: {before:.1} before, at most {most:.1}, {after:.1} after");
    json!({
        "backlog": size, "quiet_p50_ms": quiet_50, "quiet_p99_ms": quiet_99, "busy_p50_ms": busy_50, "busy_p99_ms": busy_99,
        "p99_ratio": busy_99 / quiet_99, "read_per_second": while_loaded, "read_per_second_alone": (left > 0).then_some(afterwards),
        "memory_mb": { "before": before, "during": most, "after": after },
    })
}

async fn offered(service: &Process, tenant: Uuid, bodies: &Bodies) -> Vec<Duration> {
    let url = format!("{}/webhooks/slack/{tenant}", service.origin);
    let client = Client::builder().no_proxy().build().unwrap();
    let take = async || {
        let made = bodies.next(Size::Small);
        let answer = request(&client, &url, SMALL_SECRET, Size::Small, made).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.status());
        1
    };
    round(CLIENTS, ROUND, PAUSE, take).await.latencies
}
