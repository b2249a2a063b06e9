//! One round of a target: the service, its answers without work, or one of the other ceilings.

use crate::{
    bodies::{Bodies, Size},
    clients::{Group, Played, play},
    figures::Turn,
    hashes::Hasher,
    load::{Round, round},
    people::Fixtures,
    plan::Scenario,
    postgres,
    process::{self, Process},
    reads::{Read, Reads},
    rows,
    target::Target,
};
use sqlx::PgPool;
use std::{
    cell::Cell,
    thread::{available_parallelism, scope},
    time::{Duration, Instant},
};
use uuid::Uuid;

/// As many connections to Postgres as the service has.
pub const READERS: u32 = 20;
/// As many rows in a commit as the service takes at most, over as many connections.
const BATCH: usize = 128;
pub const WRITERS: u32 = 2;
/// In a minute, of each of two people.
const LIMIT: usize = 100;

pub struct Stage {
    pub target: Target,
    pub fixtures: Fixtures,
    pub bodies: Bodies,
    pub reads: Reads,
    /// In a schema of its own, with [`rows::prepare`]'s table.
    pub bare: PgPool,
    pub postmaster: Option<u32>,
    pub numbers: Cell<usize>,
}

impl Stage {
    /// The service. What it answered is counted in the database where it should have been stored.
    pub async fn service(&self, scenario: &Scenario, groups: &[Group<'_>], length: Duration) -> (Turn, Played) {
        self.target.run("settle", &[]);
        if scenario.stores {
            // Not before: what is being read is held.
            self.target.run("reset_events", &[]);
            self.target.run("settle", &[]);
        }
        let limited = scenario.name == "rate_limited_reject";
        let services: &[&str] = if limited { &["connectors_limited"] } else { &["auth", "connectors"] };
        let services: Vec<u32> = services.iter().map(|name| self.target.process(name)).collect();
        let cpu = || services.iter().map(|id| process::cpu(*id).expect("a service has ended")).sum::<Duration>();
        let (stored, minute) = (scenario.stores.then(|| self.target.stored()), minute());
        let before = (cpu(), self.postgres());
        let mut played = play(groups, length, &self.numbers).await;
        let (own, postgres) = (cpu().saturating_sub(before.0), self.postgres_since(before.1));
        if let Some(stored) = stored {
            let webhooks = played.tallies.iter().filter(|(name, _)| name.ends_with("_webhook"));
            let answered: usize = webhooks.map(|(_, tally)| tally.latencies.len()).sum();
            let stored = self.target.stored() - stored;
            assert_eq!(stored, answered, "{}: not every delivery that was answered is stored once", scenario.name);
        }
        if limited {
            let (passed, minutes) = (played.tallies[0].1.others, self::minute() - minute + 1);
            assert!(passed <= 2 * LIMIT * minutes, "{passed} requests passed a limit in {minutes} minutes");
        }
        let turn = Turn { own: Some(own), postgres, ..told(&mut played) };
        (turn, played)
    }

    pub async fn fixed(&self, process: &Process, groups: &[Group<'_>], length: Duration) -> Turn {
        let before = process.cpu();
        let mut played = play(groups, length, &self.numbers).await;
        Turn { own: Some(process.cpu().saturating_sub(before)), ..told(&mut played) }
    }

    pub async fn statement(&self, read: Read, length: Duration) -> Turn {
        let once = async || {
            self.reads.once(read, self.numbers.replace(self.numbers.get() + 1)).await;
            1
        };
        self.database(READERS, length, once).await
    }

    pub async fn insert(&self, size: Size, length: Duration) -> Turn {
        sqlx::query("truncate kept").execute(&self.bare).await.unwrap();
        self.target.run("settle", &[]);
        let tenant = Uuid::now_v7();
        let commit = async || {
            let batch: Vec<_> = (0..BATCH).map(|_| self.bodies.next(size)).collect();
            rows::insert(&self.bare, tenant, size, &batch).await
        };
        self.database(WRITERS, length, commit).await
    }

    async fn database(&self, clients: u32, length: Duration, work: impl AsyncFn() -> u64) -> Turn {
        let before = self.postgres();
        let done = round(usize::try_from(clients).unwrap(), length, Duration::ZERO, work).await;
        let Round { latencies, done, elapsed } = done;
        let done = usize::try_from(done).unwrap();
        Turn { latencies, done, answers: done, elapsed, own: None, postgres: self.postgres_since(before) }
    }

    fn postgres(&self) -> Option<Duration> {
        self.postmaster.map(postgres::cpu)
    }

    fn postgres_since(&self, before: Option<Duration>) -> Option<Duration> {
        self.postgres().zip(before).map(|(now, before)| now.saturating_sub(before))
    }
}

fn told(played: &mut Played) -> Turn {
    let (answers, told) = (played.answers(), played.tallies.iter_mut().take(played.told));
    let latencies: Vec<Duration> = told.flat_map(|(_, tally)| std::mem::take(&mut tally.latencies)).collect();
    Turn { done: latencies.len(), latencies, answers, elapsed: played.elapsed, own: None, postgres: None }
}

/// The limit is of each minute.
fn minute() -> usize {
    usize::try_from(chrono::Utc::now().timestamp() / 60).unwrap()
}

/// Hashes of passwords, by a thread on every core.
pub fn hashes(length: Duration) -> Turn {
    let began = Instant::now();
    let latencies: Vec<Duration> = scope(|scope| {
        let work = || {
            let (mut hasher, mut latencies) = (Hasher::new(), Vec::new());
            while began.elapsed() < length {
                let asked = Instant::now();
                std::hint::black_box(hasher.hash());
                latencies.push(asked.elapsed());
            }
            latencies
        };
        let threads: Vec<_> = (0..available_parallelism().unwrap().get()).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let done = latencies.len();
    Turn { latencies, done, answers: done, elapsed: began.elapsed(), own: None, postgres: None }
}
