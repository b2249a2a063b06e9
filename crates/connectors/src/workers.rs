//! What runs beside the requests: deliveries become signals, streams are fetched, tokens are renewed ahead, jobs run, leftovers
//! are swept. Each is a loop in [`start`] and a single pass for whoever wants it done at once.

use crate::{
    App, feed,
    flows::{
        audit::{self, AuditError},
        erase, forget_person, forward, hooks, normalize, refresh_ahead,
        retention::{self, RetentionError},
        revoke, sweep, sync,
        vend::VendError,
    },
};
use db::deliveries::Order;
use edge::Shutdown;
use futures_util::future::BoxFuture;
use jobs::{Claimed, Failure, Worker};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{sync::Notify, task::JoinSet};
use uuid::Uuid;

/// How often each looks when nothing wakes it.
const DELIVERIES: Duration = Duration::from_secs(1);
const STREAMS: Duration = Duration::from_secs(1);
const REFRESH: Duration = Duration::from_secs(15);
const SWEEP: Duration = Duration::from_mins(1);
const RETENTION: Duration = Duration::from_hours(1);
const FORWARDS: Duration = Duration::from_secs(1);
const AUDIT: Duration = Duration::from_secs(1);
const ERASURES: Duration = Duration::from_secs(5);
const HOOKS: Duration = Duration::from_secs(2);
const CATCH_UP: Duration = Duration::from_mins(1);
/// How often a process says that it is there; an outage is noticed by nobody's having said so.
const HEARTBEAT: Duration = Duration::from_secs(30);

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
    workers.spawn(chainer(Arc::clone(app), shutdown.clone()));
    workers.spawn(eraser(Arc::clone(app), shutdown.clone()));
    workers.spawn(feed::listen(Arc::clone(app), shutdown.clone()));
    workers.spawn(forwarder(Arc::clone(app), shutdown.clone()));
    for _ in 0..2 {
        workers.spawn(tender(Arc::clone(app), shutdown.clone()));
    }
    workers.spawn(heart(Arc::clone(app), shutdown.clone()));
    workers.spawn(catcher(Arc::clone(app), shutdown.clone()));
    workers.spawn(job_worker(Arc::clone(app), shutdown.clone()));
    Workers(workers)
}

/// Reads what is handed over, and in turns with it what waits in the queue: looked for once in a while, and as long as there is
/// something.
async fn normalizer(app: Arc<App>, shutdown: Shutdown) {
    let (worker, mut turn) = (Uuid::now_v7(), Turn::default());
    let handover = &app.inbox.handover;
    handover.open().await;
    let mut looked_at = None::<Instant>;
    let mut handed = Vec::new();
    while !shutdown.has_begun() {
        if let Err(error) = normalize::read_all(&app, handover.holder().worker, &handed).await {
            tracing::warn!(%error, "deliveries cannot be read now");
            pause(&shutdown, DELIVERIES).await;
        }
        if handover.is_behind() || looked_at.is_none_or(|at| at.elapsed() >= DELIVERIES) {
            looked_at = Some(Instant::now());
            if let Err(error) = from_queue(&app, worker, turn.next()).await {
                tracing::warn!(%error, "deliveries cannot be read now");
                pause(&shutdown, DELIVERIES).await;
            }
            handed = handover.take();
        } else {
            handed = tokio::select! {
                batch = handover.next() => batch,
                () = handover.left_some() => Vec::new(),
                () = pause(&shutdown, DELIVERIES) => Vec::new(),
            };
        }
    }
    handover.close().await;
    while let Some(batch) = handover.rest().await {
        if let Err(error) = normalize::read_all(&app, handover.holder().worker, &batch).await {
            tracing::warn!(%error, "deliveries are left until their claims run out");
        }
    }
}

async fn from_queue(app: &App, worker: Uuid, order: Order) -> Result<(), db::Error> {
    let (handover, mark) = (&app.inbox.handover, app.inbox.handover.mark());
    if normalize::pass(app, worker, order).await? == 0 {
        handover.found_empty(mark);
    } else {
        handover.left_in_queue();
    }
    Ok(())
}

/// Which deliveries are claimed: mostly the oldest, and every so often some of each lane from a random one on.
#[derive(Default)]
struct Turn(u32);

/// In a flood of one lane, going round finds four where the oldest are fifty, and steps over all that the others have claimed.
const GO_ROUND_EVERY: u32 = 4;

impl Turn {
    fn next(&mut self) -> Order {
        self.0 = self.0.wrapping_add(1);
        if self.0.is_multiple_of(GO_ROUND_EVERY) { Order::Lanes(Uuid::new_v4()) } else { Order::Oldest }
    }
}

/// A run is cut off by the shutdown: the next one goes on at its page.
async fn fetcher(app: Arc<App>, shutdown: Shutdown) {
    // Fetchers begin at different tenants.
    let mut turn = sync::Turn { after: Uuid::new_v4() };
    while !shutdown.has_begun() {
        let run = Uuid::now_v7();
        let passed = tokio::select! {
            passed = sync::pass(&app, run, &mut turn) => passed,
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

/// Decides what goes to whom, and sends. Sends run beside each other; who stops lets them end.
async fn forwarder(app: Arc<App>, shutdown: Shutdown) {
    let (sender, mut sends) = (Uuid::now_v7(), JoinSet::new());
    while !shutdown.has_begun() {
        match forward_some(&app, sender, &mut sends).await {
            Ok(true) => {}
            Ok(false) => {
                tokio::select! {
                    () = app.feed.forwarding.notified() => {}
                    Some(_) = sends.join_next() => {}
                    () = pause(&shutdown, FORWARDS) => {}
                }
            }
            Err(error) => {
                tracing::warn!(%error, "signals cannot be forwarded now");
                pause(&shutdown, FORWARDS).await;
            }
        }
        while sends.try_join_next().is_some() {}
    }
    while sends.join_next().await.is_some() {}
}

/// Whether there was anything to do.
async fn forward_some(app: &Arc<App>, sender: Uuid, sends: &mut JoinSet<()>) -> Result<bool, db::Error> {
    let decided = forward::fan_out(app).await?;
    let room = forward::AT_ONCE.saturating_sub(sends.len());
    let claimed = if room > 0 { forward::claim(app, sender, room).await? } else { Vec::new() };
    let is_busy = decided > 0 || !claimed.is_empty();
    for one in claimed {
        sends.spawn(forward::send(Arc::clone(app), sender, one));
    }
    Ok(is_busy)
}

/// A line is not chained at once but within about a second: so far back a look at the log can be deceived.
async fn chainer(app: Arc<App>, shutdown: Shutdown) {
    while !shutdown.has_begun() {
        match audit::pass(&app).await {
            Ok(true) => {}
            Ok(false) => pause(&shutdown, AUDIT).await,
            Err(error) => {
                tracing::error!(%error, "lines of the audit log cannot be chained now");
                pause(&shutdown, SWEEP).await;
            }
        }
    }
}

async fn eraser(app: Arc<App>, shutdown: Shutdown) {
    while !shutdown.has_begun() {
        match erase::pass(&app).await {
            Ok(true) => {}
            Ok(false) => pause(&shutdown, ERASURES).await,
            Err(error) => {
                tracing::warn!(%error, "erasures cannot go on now");
                pause(&shutdown, ERASURES).await;
            }
        }
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

async fn tender(app: Arc<App>, shutdown: Shutdown) {
    while !shutdown.has_begun() {
        match hooks::pass(&app).await {
            Ok(0) => pause(&shutdown, HOOKS).await,
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "hooks cannot be looked after now");
                pause(&shutdown, HOOKS).await;
            }
        }
    }
}

/// Apart from what it leads to, which may take longer than an outage.
async fn heart(app: Arc<App>, shutdown: Shutdown) {
    while !shutdown.has_begun() {
        if let Err(error) = hooks::catch_up::beat(&app).await {
            tracing::warn!(%error, "nobody can say now that we are here");
        }
        pause(&shutdown, HEARTBEAT).await;
    }
}

async fn catcher(app: Arc<App>, shutdown: Shutdown) {
    while !shutdown.has_begun() {
        if let Err(error) = hooks::catch_up::pass(&app).await {
            tracing::warn!(%error, "missed deliveries cannot be fetched back now");
        }
        pause(&shutdown, CATCH_UP).await;
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

/// Forwards the signals that are due now, until none is.
pub async fn forward_signals(app: &Arc<App>) -> Result<(), db::Error> {
    let (sender, mut sends) = (Uuid::now_v7(), JoinSet::new());
    loop {
        let is_busy = forward_some(app, sender, &mut sends).await?;
        let was_sending = !sends.is_empty();
        while sends.join_next().await.is_some() {}
        if !is_busy && !was_sending {
            return Ok(());
        }
    }
}

/// Fetches the streams that are due now, until none is.
pub async fn sync(app: &Arc<App>) -> Result<(), db::Error> {
    let mut turn = sync::Turn { after: Uuid::nil() };
    while sync::pass(app, Uuid::now_v7(), &mut turn).await? {}
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

/// Registers, renews, looks at and removes the hooks that are due now. Returns how many connections they are of.
pub async fn tend_hooks(app: &Arc<App>) -> Result<usize, db::Error> {
    hooks::pass(app).await
}

/// Has deliveries that vendors tried in vain sent again, as far as that is due. Returns how many were asked for.
pub async fn catch_up(app: &Arc<App>) -> Result<usize, db::Error> {
    hooks::catch_up::beat(app).await?;
    hooks::catch_up::pass(app).await
}

/// Makes room for what is to come, as is done before the workers of a service start.
pub async fn make_room(app: &Arc<App>) -> Result<(), db::Error> {
    retention::make_room(app).await
}

/// Drops what is old, and makes room for what is to come.
pub async fn keep(app: &Arc<App>) -> Result<(), RetentionError> {
    retention::pass(app).await
}

/// Goes on with the erasures that are due now, until none is.
pub async fn erase(app: &Arc<App>) -> Result<(), db::Error> {
    while erase::pass(app).await? {}
    Ok(())
}

/// Chains the lines of the audit log that are there.
pub async fn chain_audit(app: &Arc<App>) -> Result<(), AuditError> {
    audit::seal_all(app).await
}

/// Sweeps the leftovers of flows that have expired.
pub async fn sweep(app: &Arc<App>) -> Result<(), VendError> {
    sweep::pass(app).await
}

pub(crate) async fn pause(shutdown: &Shutdown, length: Duration) {
    tokio::select! {
        () = tokio::time::sleep(length) => {}
        () = shutdown.begun() => {}
    }
}
