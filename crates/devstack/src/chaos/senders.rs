//! Vendors under load: each sends, waits for the answer, and sends again what was not acknowledged.

use super::{
    deliveries::{Again, Delivery, Secrets, made},
    ledger::Ledger,
    rig::Rig,
};
use crate::payloads::{self, Example};
use anyhow::{Context, Result, bail};
use reqwest::Client;
use std::{
    collections::VecDeque,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{runtime::Runtime, task::JoinSet};
use uuid::Uuid;

/// As patient as the most patient of the vendors.
const ANSWER: Duration = Duration::from_secs(10);
/// Before the next attempt.
const PAUSE: Duration = Duration::from_millis(150);
/// One of the vendors signs the time into its body, and a minute later the signature is stale. What is not acknowledged by then
/// was never promised.
const PATIENCE: Duration = Duration::from_secs(45);
/// After which a repetition comes.
const LATER: Duration = Duration::from_secs(5);

/// What came of it, for the table.
#[derive(Default)]
pub struct Counts {
    pub attempts: AtomicU64,
    pub acknowledged: AtomicU64,
    pub interrupted: AtomicU64,
    pub unavailable: AtomicU64,
    pub given_up: AtomicU64,
    pub repeated: AtomicU64,
}

struct Shared {
    client: Client,
    origins: Vec<String>,
    secrets: Secrets,
    examples: Vec<Example>,
    ledger: Ledger,
    next: AtomicU64,
    over: AtomicBool,
    broken: AtomicBool,
    later: Mutex<VecDeque<(Instant, Arc<Delivery>)>>,
    counts: Arc<Counts>,
}

pub struct Senders {
    pub count: usize,
    shared: Arc<Shared>,
    runtime: Runtime,
    finished: Arc<AtomicBool>,
    outcome: tokio::task::JoinHandle<Result<()>>,
}

impl Senders {
    #[expect(clippy::disallowed_methods, reason = "vendors stand outside")]
    pub fn start(rig: &Rig<'_>, index: &Path, count: usize) -> Result<Self> {
        let client = Client::builder().no_proxy().timeout(ANSWER).pool_max_idle_per_host(count);
        let shared = Arc::new(Shared {
            client: client.build().context("the vendors cannot make requests")?,
            origins: rig.origins(),
            secrets: rig.secrets.clone(),
            examples: payloads::read(index)?,
            ledger: Ledger::open(&rig.ledger())?,
            next: AtomicU64::new(0),
            over: AtomicBool::new(false),
            broken: AtomicBool::new(false),
            later: Mutex::default(),
            counts: Arc::default(),
        });
        // Children are started and watched on the main thread; the load runs on others.
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let finished = Arc::new(AtomicBool::new(false));
        let (all, done) = (Arc::clone(&shared), Arc::clone(&finished));
        let outcome = runtime.spawn(async move {
            let mut senders = JoinSet::new();
            for _ in 0..count {
                senders.spawn(send_all(Arc::clone(&all)));
            }
            let mut outcome = Ok(());
            while let Some(ended) = senders.join_next().await {
                if let Err(error) = ended.map_err(anyhow::Error::from).and_then(|sent| sent) {
                    all.broken.store(true, Ordering::Release);
                    all.over.store(true, Ordering::Release);
                    outcome = outcome.and(Err(error));
                }
            }
            done.store(true, Ordering::Release);
            outcome.and(all.ledger.close())
        });
        Ok(Self { count, shared, runtime, finished, outcome })
    }

    pub fn acknowledged(&self) -> u64 {
        self.shared.counts.acknowledged.load(Ordering::Relaxed)
    }

    /// Attempts that brought no acknowledgement.
    pub fn refused(&self) -> u64 {
        let Counts { interrupted, unavailable, .. } = &*self.shared.counts;
        interrupted.load(Ordering::Relaxed) + unavailable.load(Ordering::Relaxed)
    }

    /// Something happened that is neither an acknowledgement nor a failure that may be: see what [`Self::finish`] says.
    pub fn broken(&self) -> bool {
        self.shared.broken.load(Ordering::Acquire)
    }

    /// Makes no new deliveries from now on and waits for the answers to all that were made.
    pub fn finish(self, wait: impl FnOnce(&AtomicBool) -> Result<Option<()>>) -> Result<Arc<Counts>> {
        self.shared.over.store(true, Ordering::Release);
        if wait(&self.finished)?.is_none() {
            self.runtime.shutdown_background();
            bail!("some deliveries have no answer yet");
        }
        self.runtime.block_on(self.outcome)??;
        Ok(Arc::clone(&self.shared.counts))
    }
}

async fn send_all(shared: Arc<Shared>) -> Result<()> {
    while !shared.over.load(Ordering::Acquire) {
        if let Some(delivery) = shared.due() {
            shared.repeat(&delivery).await?;
        }
        let delivery = Arc::new(made(shared.next.fetch_add(1, Ordering::Relaxed), &shared.examples));
        shared.ledger.made(&delivery)?;
        match delivery.again {
            Again::Never => shared.deliver(&delivery, &delivery.id).await?,
            Again::AtOnce => {
                shared.counts.repeated.fetch_add(1, Ordering::Relaxed);
                let (first, second) =
                    tokio::join!(shared.deliver(&delivery, &delivery.id), shared.deliver(&delivery, &delivery.id));
                first.and(second)?;
            }
            Again::Later | Again::UnderAnotherId => {
                shared.deliver(&delivery, &delivery.id).await?;
                shared.later().push_back((Instant::now() + LATER, delivery));
            }
        }
    }
    // Nobody waits for these to be due.
    loop {
        let Some((_, delivery)) = shared.later().pop_front() else { return Ok(()) };
        shared.repeat(&delivery).await?;
    }
}

impl Shared {
    fn later(&self) -> std::sync::MutexGuard<'_, VecDeque<(Instant, Arc<Delivery>)>> {
        self.later.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn due(&self) -> Option<Arc<Delivery>> {
        let mut later = self.later();
        later.pop_front_if(|(at, _)| *at <= Instant::now()).map(|(_, delivery)| delivery)
    }

    async fn repeat(&self, delivery: &Delivery) -> Result<()> {
        self.counts.repeated.fetch_add(1, Ordering::Relaxed);
        if delivery.again == Again::UnderAnotherId && delivery.vendor.has_loose_ids() {
            return self.deliver(delivery, &Uuid::now_v7().to_string()).await;
        }
        self.deliver(delivery, &delivery.id).await
    }

    /// Until it is acknowledged, by either service.
    async fn deliver(&self, delivery: &Delivery, id: &str) -> Result<()> {
        let began = Instant::now();
        for attempt in delivery.number.. {
            let status = self.attempt(delivery, id, attempt).await?;
            self.ledger.sent(delivery, id, status)?;
            self.counts.attempts.fetch_add(1, Ordering::Relaxed);
            let counter = match status {
                200..300 => {
                    self.counts.acknowledged.fetch_add(1, Ordering::Relaxed);
                    return Ok(());
                }
                0 => &self.counts.interrupted,
                503 => &self.counts.unavailable,
                other => bail!("a delivery of {} ({}) was answered {other}", delivery.vendor.slug(), delivery.event),
            };
            counter.fetch_add(1, Ordering::Relaxed);
            if began.elapsed() > PATIENCE {
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
        self.counts.given_up.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// The status; 0 where none came.
    async fn attempt(&self, delivery: &Delivery, id: &str, attempt: u64) -> Result<u16> {
        let origin = usize::try_from(attempt)? % self.origins.len();
        let request = self.client.post(format!("{}{}", self.origins[origin], delivery.path()));
        let mut request = request.header("content-type", "application/json").body(delivery.body.clone());
        for (name, value) in delivery.headers(id, &self.secrets)? {
            request = request.header(name, value);
        }
        Ok(request.send().await.map_or(0, |answer| answer.status().as_u16()))
    }
}
