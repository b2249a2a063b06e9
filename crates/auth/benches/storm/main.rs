//! Does a storm of sign-ins slow the other routes down? `make bench` runs this against the release build of the service,
//! in a process of its own: the latency of `GET /api/auth/jwks` while nobody signs in, and while 64 clients do nothing else.
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a benchmark is the outside world")]

mod figures;
mod server;

use figures::{Latencies, Report};
use reqwest::{Client, StatusCode};
use serde_json::json;
use server::Server;
use std::{
    path::PathBuf,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

const CLIENTS: usize = 64;
const PEOPLE: usize = 8;
const PASSWORD: &str = "correct horse battery";
const IDLE: Duration = Duration::from_secs(4);
const STORM: Duration = Duration::from_secs(8);
/// Between two requests of the probe: often enough for a p99, too seldom to be a load itself.
const PAUSE: Duration = Duration::from_millis(4);

/// After the last sign-in its thread still has to go to sleep.
const SETTLE: Duration = Duration::from_secs(1);

/// What became of the sign-ins.
#[derive(Default)]
struct Tally {
    signed_in: AtomicUsize,
    busy: AtomicUsize,
}

#[tokio::main]
async fn main() {
    let server = Server::start().await;
    let client = Client::new();
    for person in 0..PEOPLE {
        let form = json!({"name": "Somebody", "email": address(person), "password": PASSWORD});
        let answer = client.post(server.url("/api/auth/sign-up/email")).json(&form).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
    }
    let idle = probe(&client, &server, IDLE).await;
    let rss_before_kib = server.memory_kib("VmRSS");
    let tally = Tally::default();
    let began = Instant::now();
    let until = began + STORM;
    let (storm, ()) = tokio::join!(probe(&client, &server, STORM), sign_in_until(until, &client, &server, &tally));
    let storm_s = began.elapsed().as_secs_f64();
    tokio::time::sleep(SETTLE).await;
    let report = Report {
        clients: CLIENTS,
        idle,
        storm,
        signed_in: tally.signed_in.into_inner(),
        busy: tally.busy.into_inner(),
        storm_s,
        rss_before_kib,
        rss_peak_kib: server.memory_kib("VmHWM"),
        rss_after_kib: server.memory_kib("VmRSS"),
    };
    println!("{report}");
    let folder: PathBuf = server::target_folder().join("bench");
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("storm.json");
    std::fs::write(&file, format!("{:#}\n", report.json())).unwrap();
    println!("  written to {}", file.display());
    assert!(report.signed_in > 0, "nobody could sign in");
}

fn address(person: usize) -> String {
    format!("somebody-{}@example.com", person % PEOPLE)
}

/// Asks for the keys again and again, one request at a time.
async fn probe(client: &Client, server: &Server, duration: Duration) -> Latencies {
    let until = Instant::now() + duration;
    let mut latencies = Latencies::default();
    while Instant::now() < until {
        let asked = Instant::now();
        let answer = client.get(server.url("/api/auth/jwks")).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        answer.bytes().await.unwrap();
        latencies.add(asked.elapsed());
        tokio::time::sleep(PAUSE).await;
    }
    latencies
}

/// Every client signs in as soon as it has signed in.
async fn sign_in_until(until: Instant, client: &Client, server: &Server, tally: &Tally) {
    let sign_in = async |person: usize| {
        let form = json!({"email": address(person), "password": PASSWORD});
        while Instant::now() < until {
            let answer = client.post(server.url("/api/auth/sign-in/email")).json(&form).send().await.unwrap();
            let outcome = match answer.status() {
                StatusCode::OK => &tally.signed_in,
                StatusCode::SERVICE_UNAVAILABLE => &tally.busy,
                status => panic!("a sign-in was answered with {status}"),
            };
            outcome.fetch_add(1, Ordering::Relaxed);
        }
    };
    futures_util::future::join_all((0..CLIENTS).map(sign_in)).await;
}
