//! Somebody who calls all the time and writes down how they were answered, and who counts how many calls a limit lets through.

use super::super::rig::Rig;
use anyhow::{Context, Result};
use reqwest::Client;
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{
    runtime::Runtime,
    task::{JoinHandle, JoinSet},
};
use uuid::Uuid;

/// What the services allow a caller in a minute.
pub const LIMIT: u32 = 100;
/// So many that nobody who only watches comes near the limit, and that each count begins with one who has never called.
const TENANTS: u128 = 200;
const WATCHERS: u128 = 100;
const FIRST: u128 = 0x0190_0000_0000_7000_8000_0000_0001_0000;
const PACE: Duration = Duration::from_millis(50);
/// Longer than any answer may take.
const PATIENCE: Duration = Duration::from_secs(40);
/// Calls of one count; more than the limit.
const CALLS: u32 = 2 * LIMIT + 30;
const AT_ONCE: usize = 12;

/// The statement that makes the tenants in whose names it calls.
pub fn tenants() -> String {
    let rows: Vec<String> = (0..TENANTS).map(|n| format!("('{}', 'organization')", tenant(n))).collect();
    format!("insert into tenants (id, kind) values {}", rows.join(", "))
}

fn tenant(n: u128) -> Uuid {
    Uuid::from_u128(FIRST + n)
}

pub struct Watch {
    caller: Caller,
    runtime: Runtime,
    /// Who counts next.
    next: AtomicUsize,
}

#[derive(Clone)]
struct Caller {
    client: Client,
    origins: Vec<String>,
    token: String,
}

/// What was seen from a beginning to an end.
pub struct Seen {
    pub answers: usize,
    /// Answers that are neither one nor "not now", and how many of each; 0: none came.
    pub unlike: BTreeMap<u16, usize>,
    pub slowest: Duration,
    /// Whether a service said that it is not ready.
    pub unready: bool,
}

pub struct Watching {
    over: Arc<AtomicBool>,
    seen: Arc<Mutex<Seen>>,
    task: JoinHandle<()>,
}

impl Watch {
    #[expect(clippy::disallowed_methods, reason = "callers stand outside")]
    pub fn new(rig: &Rig<'_>) -> Result<Self> {
        let client = Client::builder().no_proxy().timeout(PATIENCE).build().context("nobody can call")?;
        let caller = Caller { client, origins: rig.origins(), token: rig.secrets.operator_token.clone() };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        Ok(Self { caller, runtime, next: AtomicUsize::new(0) })
    }

    pub fn begin(&self) -> Watching {
        let seen =
            Arc::new(Mutex::new(Seen { answers: 0, unlike: BTreeMap::new(), slowest: Duration::ZERO, unready: false }));
        let over = Arc::new(AtomicBool::new(false));
        let task = self.runtime.spawn(look(self.caller.clone(), Arc::clone(&over), Arc::clone(&seen)));
        Watching { over, seen, task }
    }

    pub fn end(&self, Watching { over, seen, task }: Watching) -> Result<Seen> {
        over.store(true, Ordering::Release);
        self.runtime.block_on(task)?;
        let seen = Arc::into_inner(seen).context("somebody still looks")?;
        Ok(seen.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    /// How many calls of somebody who has not called before pass, made at both services in turn and several at once.
    pub fn allowed(&self) -> Result<u32> {
        let number = WATCHERS + self.next.fetch_add(1, Ordering::Relaxed) as u128;
        let (caller, tenant) = (self.caller.clone(), tenant(number));
        self.runtime.block_on(async move {
            let (mut tasks, mut allowed) = (JoinSet::new(), 0);
            for n in 0..CALLS {
                if tasks.len() == AT_ONCE {
                    allowed += u32::from(tasks.join_next().await.context("nobody calls")?? == 200);
                }
                let caller = caller.clone();
                tasks.spawn(async move { caller.call(n as usize, tenant).await });
            }
            while let Some(status) = tasks.join_next().await {
                allowed += u32::from(status? == 200);
            }
            Ok(allowed)
        })
    }
}

/// Calls in the names of many, each call for itself: one that takes long holds up no other.
async fn look(caller: Caller, over: Arc<AtomicBool>, seen: Arc<Mutex<Seen>>) {
    let mut calls = JoinSet::new();
    let mut number = 0;
    while !over.load(Ordering::Acquire) {
        let (caller, seen) = (caller.clone(), Arc::clone(&seen));
        calls.spawn(async move {
            let ready = caller.is_ready(number).await;
            let begun = Instant::now();
            let status = caller.call(number, tenant(number as u128 % WATCHERS)).await;
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.unready |= !ready;
            seen.answers += 1;
            seen.slowest = seen.slowest.max(begun.elapsed());
            if !matches!(status, 200 | 503) {
                *seen.unlike.entry(status).or_default() += 1;
            }
        });
        while calls.try_join_next().is_some() {}
        number += 1;
        tokio::time::sleep(PACE).await;
    }
    while calls.join_next().await.is_some() {}
}

impl Caller {
    fn origin(&self, number: usize) -> &str {
        &self.origins[number % self.origins.len()]
    }

    /// The status; 0 where no answer came.
    async fn call(&self, number: usize, tenant: Uuid) -> u16 {
        let request = self.client.get(format!("{}/connections", self.origin(number)));
        let request = request.bearer_auth(&self.token).header("x-tenant-id", tenant.to_string());
        request.send().await.map_or(0, |answer| answer.status().as_u16())
    }

    async fn is_ready(&self, number: usize) -> bool {
        let asked = self.client.get(format!("{}/health/ready", self.origin(number))).send().await;
        asked.is_ok_and(|answer| answer.status().is_success())
    }
}
