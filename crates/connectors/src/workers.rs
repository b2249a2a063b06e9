//! What runs beside the requests: deliveries become signals, streams are fetched, tokens are renewed ahead, jobs run, leftovers
//! are swept. Each is a loop in [`start`] and a single pass for whoever wants it done at once.

use crate::{
    App,
    flows::{forget_person, normalize, refresh_ahead, retention, revoke, sweep, sync, vend::VendError},
};
use db::deliveries::Order;
use edge::Shutdown;
use futures_util::future::BoxFuture;
use jobs::{Claimed, Failure, Worker};
use std::{sync::Arc, time::Duration};
use tokio::{sync::Notify, task::JoinSet};
use uuid::Uuid;

/// How often each looks when nothing wakes it.
const DELIVERIES: Duration = Duration::from_secs(1);
const STREAMS: Duration = Duration::from_secs(1);
const REFRESH: Duration = Duration::from_secs(15);
const SWEEP: Duration = Duration::from_mins(1);
const RETENTION: Duration = Duration::from_hours(1);

/// Streams that one process fetches at the same time: most of it is waiting for vendors.
const FETCHERS: usize = 4;

/// The running workers.
pub struct Workers(JoinSet<()>);

impl Workers {
    /// Waits until each has finished what it holds.
    pub async fn finished(mut self) {
        while self.0.join_next().await.is_some() {}
    }
}

pub fn start(app: &Arc<App>, shutdown: &Shutdown) -> Workers {
    let mut workers = JoinSet::new();
    for _ in 0..2 {
        workers.spawn(normalizer(Arc::clone(app), shutdown.clone()));
    }
    for _ in 0..FETCHERS {
        workers.spawn(fetcher(Arc::clone(app), shutdown.clone()));
    }
    workers.spawn(refresher(Arc::clone(app), shutdown.clone()));
    workers.spawn(sweeper(Arc::clone(app), shutdown.clone()));
    workers.spawn(keeper(Arc::clone(app), shutdown.clone()));
    workers.spawn(job_worker(Arc::clone(app), shutdown.clone()));
    Workers(workers)
}

async fn normalizer(app: Arc<App>, shutdown: Shutdown) {
    let (worker, mut turn) = (Uuid::now_v7(), Turn::default());
    while !shutdown.has_begun() {
        match normalize::pass(&app, worker, turn.next()).await {
            Ok(0) => {
                tokio::select! {
                    () = app.inbox.arrived.notified() => {}
                    () = pause(&shutdown, DELIVERIES) => {}
                }
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "deliveries cannot be read now");
                pause(&shutdown, DELIVERIES).await;
            }
        }
    }
}

/// Which deliveries are claimed: in turn the oldest, and some of each lane from a random one on.
#[derive(Default)]
struct Turn(bool);

impl Turn {
    fn next(&mut self) -> Order {
        self.0 = !self.0;
        if self.0 { Order::Oldest } else { Order::Lanes(Uuid::new_v4()) }
    }
}

/// A run is cut off by the shutdown: the next one goes on at its page.
async fn fetcher(app: Arc<App>, shutdown: Shutdown) {
    while !shutdown.has_begun() {
        let run = Uuid::now_v7();
        let passed = tokio::select! {
            passed = sync::pass(&app, run) => passed,
            () = shutdown.begun() => {
                if let Err(error) = sync::cut_off(&app, run).await {
                    tracing::warn!(%error, "a claim is left to run out");
                }
                return;
            }
        };
        match passed {
            Ok(true) => {}
            Ok(false) => pause(&shutdown, STREAMS).await,
            Err(error) => {
                tracing::warn!(%error, "streams cannot be fetched now");
                pause(&shutdown, STREAMS).await;
            }
        }
    }
}

async fn refresher(app: Arc<App>, shutdown: Shutdown) {
    while !shutdown.has_begun() {
        if let Err(error) = refresh_ahead::pass(&app).await {
            tracing::warn!(%error, "tokens cannot be renewed ahead now");
        }
        pause(&shutdown, REFRESH).await;
    }
}

async fn sweeper(app: Arc<App>, shutdown: Shutdown) {
    while !shutdown.has_begun() {
        if let Err(error) = sweep::pass(&app).await {
            tracing::warn!(%error, "leftovers cannot be swept now");
        }
        if let Err(error) = app.refusals.flush(&app.pool).await {
            tracing::warn!(%error, "refused webhooks cannot be counted now");
        }
        pause(&shutdown, SWEEP).await;
    }
}

async fn keeper(app: Arc<App>, shutdown: Shutdown) {
    while !shutdown.has_begun() {
        if let Err(error) = retention::pass(&app).await {
            tracing::warn!(%error, "old partitions cannot be dropped, or new ones made, now");
        }
        if let Err(error) = sync::adopt(&app).await {
            tracing::warn!(%error, "connections cannot get the streams they lack now");
        }
        pause(&shutdown, RETENTION).await;
    }
}

async fn job_worker(app: Arc<App>, shutdown: Shutdown) {
    let (run, wake) = (runner(&app), Notify::new());
    jobs::work(&app.pool, &app.clock, shutdown.token(), &Worker { kinds: &KINDS, run: &run, wake: &wake }).await;
}

/// The jobs of this service. What the runner below does not know must not be here.
const KINDS: [&str; 2] = [revoke::KIND, forget_person::KIND];

type Running = BoxFuture<'static, (Claimed, Result<(), Failure>)>;

fn runner(app: &Arc<App>) -> impl Fn(Claimed) -> Running + Send + Sync + 'static {
    let app = Arc::clone(app);
    move |job| {
        let app = Arc::clone(&app);
        Box::pin(async move {
            let result = match job.kind.as_str() {
                revoke::KIND => revoke::run(&app, &job).await,
                forget_person::KIND => forget_person::run(&app, &job).await,
                _ => Err(Failure::Final { error: "no such kind of job in this version".to_owned() }),
            };
            (job, result)
        })
    }
}

/// Reads the deliveries that are due now, until none is.
pub async fn read_deliveries(app: &Arc<App>) -> Result<(), db::Error> {
    let (worker, mut turn) = (Uuid::now_v7(), Turn::default());
    while normalize::pass(app, worker, turn.next()).await? > 0 {}
    Ok(())
}

/// Fetches the streams that are due now, until none is.
pub async fn sync(app: &Arc<App>) -> Result<(), db::Error> {
    while sync::pass(app, Uuid::now_v7()).await? {}
    Ok(())
}

/// Gives connections the streams that their provider has got since they were made.
pub async fn adopt(app: &Arc<App>) -> Result<(), db::Error> {
    sync::adopt(app).await
}

/// Runs the jobs that are due now, until none is.
pub async fn run_jobs(app: &Arc<App>) -> Result<(), db::Error> {
    let (run, wake) = (runner(app), Notify::new());
    while jobs::pass(&app.pool, &app.clock, &Worker { kinds: &KINDS, run: &run, wake: &wake }).await? > 0 {}
    Ok(())
}

/// Renews the tokens that are due now.
pub async fn renew_ahead(app: &Arc<App>) -> Result<usize, VendError> {
    refresh_ahead::pass(app).await
}

/// Drops what is old, and makes room for what is to come.
pub async fn keep(app: &Arc<App>) -> Result<(), db::Error> {
    retention::pass(app).await
}

/// Sweeps the leftovers of flows that have expired.
pub async fn sweep(app: &Arc<App>) -> Result<(), VendError> {
    sweep::pass(app).await
}

async fn pause(shutdown: &Shutdown, length: Duration) {
    tokio::select! {
        () = tokio::time::sleep(length) => {}
        () = shutdown.begun() => {}
    }
}
