//! One, two and four processes of the service on one database, asked in turns. They share this machine's cores with Postgres and with
//! whoever asks, so that more of them cannot be faster here: what is looked at is whether they get in each other's way, which would
//! show in the processor time that each piece of work costs.

use crate::{
    bodies::{Bodies, Size},
    curve::Curve,
    deliveries, postgres,
    process::Process,
    queue, receiver,
    receiver::{LARGE_SECRET, SMALL_SECRET},
    rig::Rig,
    send::request,
    signals::{self, Pages, SPAN},
    turns::{Turns, turns},
    vend::vended,
};
use chrono::{SubsecRound, Utc};
use reqwest::Client;
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};
use uuid::Uuid;

const TENANTS: usize = 10;
const CONNECTIONS_EACH: usize = 10;
const SIGNALS_EACH: i64 = 1_000;
const PAGE: i64 = 50;
pub async fn measure(sizes: &[i64]) -> Curve {
    let mut curve = Curve::of("processes of the service");
    let (rig, bodies) = (Rig::start().await, Bodies::read());
    deliveries::partitions(&rig.database.pool).await;
    let mut services = vec![rig.first().await];
    let (mut held, mut readers) = (Vec::new(), Vec::new());
    for _ in 0..TENANTS {
        held.extend(rig.connect(&services[0], Uuid::now_v7(), 0..CONNECTIONS_EACH).await);
        readers.push(receiver::tenant(&rig.database).await);
    }
    let receiver = receiver::tenant(&rig.database).await;
    let (newest, step) = (Utc::now().trunc_subsecs(6), SPAN / i32::try_from(SIGNALS_EACH).unwrap());
    signals::fill(&rig.database.pool, &readers, 1..=SIGNALS_EACH, SIGNALS_EACH, (newest, step)).await;
    let postmaster = postgres::postmaster(&rig.database.pool).await.unwrap();
    let client = Client::builder().no_proxy().build().unwrap();
    for size in sizes {
        while services.len() < usize::try_from(*size).unwrap() {
            services.push(rig.another().await);
        }
        let next = AtomicUsize::new(0);
        let turn = || {
            let number = next.fetch_add(1, Ordering::Relaxed);
            (number, &services[number % services.len()])
        };
        let take = async |size: Size, slug: &str, secret: &str| {
            let url = format!("{}/webhooks/{slug}/{receiver}", turn().1.origin);
            let sent = request(&client, &url, secret, size, bodies.next(size)).send().await.unwrap();
            assert!(sent.status().is_success(), "{}", sent.status());
        };
        let vend = async || {
            let (number, service) = turn();
            vended(&client, &service.origin, &held[number / services.len() % held.len()]).await;
        };
        let read = async || {
            let (number, service) = turn();
            let pages = Pages { client: &client, service, size: PAGE, filter: "" };
            pages.timed(readers[number / services.len() % readers.len()], "").await;
        };
        let spent = || services.iter().map(Process::cpu).sum::<Duration>() + postgres::cpu(postmaster);
        let mut figures = Vec::new();
        let kinds = [Size::Small.name(), Size::Large.name(), "token vended", "page of signals"];
        for (number, kind) in kinds.into_iter().enumerate() {
            let before = spent();
            let Turns { per_second, done, .. } = match number {
                0 => turns(async || take(Size::Small, "slack", SMALL_SECRET).await).await,
                1 => turns(async || take(Size::Large, "github", LARGE_SECRET).await).await,
                2 => turns(&vend).await,
                _ => turns(&read).await,
            };
            // Until what was taken has been read into signals, which belongs to it.
            queue::drained(&rig.database.pool).await;
            let cpu_ms = spent().saturating_sub(before).as_secs_f64() * 1000.0 / done;
            figures.extend([(format!("{kind}, a second"), per_second), (format!("{kind}, CPU ms"), cpu_ms)]);
        }
        curve.add(*size, &figures);
    }
    curve
}
