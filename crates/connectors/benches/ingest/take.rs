//! Throughput, in turns.

use crate::{
    bodies::{Bodies, Size},
    figures::{self, Figures},
    large, limits,
    load::{Round, round},
    memory::memory,
    peer, postgres,
    process::Process,
    queue,
    receiver::{self, LARGE_SECRET, SMALL_SECRET},
    rows,
    send::request,
};
use reqwest::Client;
use serde_json::{Value, json};
use sqlx::PgPool;
use std::time::Duration;

const CLIENTS: usize = 64;
const ROUND: Duration = Duration::from_secs(3);
const ROUNDS: usize = 5;
/// As many rows in a commit as the service takes at most, over as many connections.
const BATCH: usize = 128;
const WRITERS: u32 = 2;
/// Each client its own connection.
const SINGLE: u32 = 64;

enum Target<'a> {
    Http { url: String, secret: String, process: Option<&'a Process> },
    Insert { rows: usize, pool: PgPool },
}

pub async fn measure() -> Value {
    let bodies = Bodies::read();
    let (database, bare) = (large::database().await, large::database().await);
    rows::prepare(&bare.pool).await;
    let (single, batched) = (db::connect(&bare.url, SINGLE).unwrap(), db::connect(&bare.url, WRITERS).unwrap());
    let tenant = receiver::tenant(&database).await;
    let (service, fixed) = (receiver::service(&database).await, limits::fixed_answer());
    // Before, behind each round of either size, and at the end: what a buffer or a heap has grown to once is no leak.
    let mut resident = vec![memory(service.id())];
    let postmaster = postgres::postmaster(&bare.pool).await.unwrap();
    let mut reports = Vec::new();
    for size in [Size::Small, Size::Large] {
        let (slug, secret) = if size == Size::Large { ("github", LARGE_SECRET) } else { ("slack", SMALL_SECRET) };
        let http = |url, secret, process| Target::Http { url, secret, process };
        let mut targets = vec![
            (
                "the service",
                http(format!("{}/webhooks/{slug}/{tenant}", service.origin), secret.to_owned(), Some(&service)),
            ),
            ("one row a commit", Target::Insert { rows: 1, pool: single.clone() }),
            ("128 rows a commit", Target::Insert { rows: BATCH, pool: batched.clone() }),
            ("fixed answer", http(format!("{}/taken", fixed.origin), secret.to_owned(), Some(&fixed))),
        ];
        targets.extend(peer::of(size).map(|(url, secret)| ("peer", http(url, secret, None))));
        let mut figures: Vec<Figures> = targets.iter().map(|target| Figures::of(target.0)).collect();
        // The first round warms up and does not count.
        for number in 0..=ROUNDS {
            for ((_, target), figures) in targets.iter().zip(&mut figures) {
                queue::drained(&database.pool).await;
                let process = if let Target::Http { process, .. } = target { *process } else { None };
                let before = (process.map(Process::cpu), postgres::cpu(postmaster));
                let done = turn(target, size, &bodies, tenant).await;
                let own = process.zip(before.0).map(|(process, before)| process.cpu().saturating_sub(before));
                let server = postgres::cpu(postmaster).saturating_sub(before.1);
                if number > 0 {
                    figures.add(done, own, server);
                }
            }
            resident.push(memory(service.id()));
        }
        reports.push(figures::report(&format!("{}, {CLIENTS} connections", size.name()), &mut figures));
    }
    queue::drained(&database.pool).await;
    resident.push(memory(service.id()));
    println!("\n  the service's memory in MB, round by round: {resident:.1?}");
    json!({ "clients": CLIENTS, "sizes": reports, "memory_mb": resident })
}

async fn turn(target: &Target<'_>, size: Size, bodies: &Bodies, tenant: uuid::Uuid) -> Round {
    match target {
        Target::Http { url, secret, .. } => {
            let client = Client::builder().no_proxy().build().unwrap();
            round(CLIENTS, ROUND, Duration::ZERO, async || {
                let answer = request(&client, url, secret, size, bodies.next(size)).send().await.unwrap();
                let (status, text) = (answer.status(), answer.text().await.unwrap());
                assert!(status.is_success(), "{url}: {status} {text}");
                1
            })
            .await
        }
        Target::Insert { rows, pool } => {
            let writers = usize::try_from(pool.options().get_max_connections()).unwrap();
            round(writers, ROUND, Duration::ZERO, async || {
                let batch: Vec<_> = (0..*rows).map(|_| bodies.next(size)).collect();
                rows::insert(pool, tenant, size, &batch).await
            })
            .await
        }
    }
}
