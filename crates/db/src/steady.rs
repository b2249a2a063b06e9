//! Connections for what goes on all the time: the questions that nearly every request asks, and what webhooks and tokens write. A
//! pool of sqlx's looks at a connection before it is given out and after it has come back, a round trip each; here neither is needed:
//! what was used a moment ago is there, and what was broken off in the middle does not come back.

use crate::migrate::RESTED;
use sqlx::{Connection, Error, PgConnection, PgPool, Postgres, Transaction, postgres::PgConnectOptions};
use std::{
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// For a place, and for the server to answer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// How long one that nobody needs is kept.
const IDLE: Duration = Duration::from_mins(5);

/// Without compiling: a table that has to be read whole all the same is reckoned so dear that the server would compile for it.
const KEPT_PLANS: [(&str, &str); 3] =
    [("plan_cache_mode", "force_generic_plan"), ("enable_seqscan", "off"), ("jit", "off")];

/// A bounded set of connections. Clones share it.
#[derive(Clone)]
pub struct Steady(Arc<Shared>);

struct Shared {
    /// Whose end is theirs.
    pool: PgPool,
    options: PgConnectOptions,
    places: Arc<Semaphore>,
    /// The one that came back last is on top.
    resting: Mutex<Vec<Resting>>,
}

struct Resting {
    connection: PgConnection,
    since: Instant,
}

/// One connection. After good work it has to be given [`back`](Wire::back); one that is dropped is closed.
#[must_use = "a connection that is not given back is closed"]
pub struct Wire {
    connection: PgConnection,
    steady: Steady,
    _place: OwnedSemaphorePermit,
}

impl Steady {
    /// At the server of `pool`. Its statements are planned once: they are of one shape, their plan is good for everybody, and over
    /// partitions planning takes several times as long as answering. They look up by keys: a plan that was made while a table was empty
    /// would otherwise go on reading the whole of it. A pooler of transactions takes no such settings.
    pub fn beside(pool: &PgPool, size: usize, has_pooler: bool) -> Self {
        let options = PgConnectOptions::clone(&pool.connect_options());
        let options = if has_pooler { options } else { options.options(KEPT_PLANS) };
        let (places, resting) = (Arc::new(Semaphore::new(size)), Mutex::default());
        Self(Arc::new(Shared { pool: pool.clone(), options, places, resting }))
    }

    /// Waits for a place, and connects where no connection rests.
    pub async fn acquire(&self) -> Result<Wire, Error> {
        if self.0.pool.is_closed() {
            return Err(Error::PoolClosed);
        }
        let place = timeout(PATIENCE, Arc::clone(&self.0.places).acquire_owned()).await;
        let place = place.map_err(|_| Error::PoolTimedOut)?.map_err(|_| Error::PoolClosed)?;
        let connection = match self.rested() {
            Some(Resting { connection, since }) if since.elapsed() < RESTED => connection,
            // Boxed, for it hardly ever happens, and a future with room for it takes kilobytes in every request.
            other => Box::pin(self.awakened(other)).await?,
        };
        Ok(Wire { connection, steady: self.clone(), _place: place })
    }

    /// One that is there. Those that rest longest are let go.
    fn rested(&self) -> Option<Resting> {
        let mut resting = self.resting();
        resting.retain(|one| one.since.elapsed() < IDLE);
        resting.pop()
    }

    /// One that is still there after its rest, or a new one.
    async fn awakened(&self, mut rested: Option<Resting>) -> Result<PgConnection, Error> {
        while let Some(Resting { mut connection, since }) = rested {
            if since.elapsed() < RESTED || matches!(timeout(PATIENCE, connection.ping()).await, Ok(Ok(()))) {
                return Ok(connection);
            }
            rested = self.rested();
        }
        let connected = timeout(PATIENCE, PgConnection::connect_with(&self.0.options)).await;
        connected.map_err(|_| Error::PoolTimedOut)?
    }

    /// Nothing that could panic runs under this lock.
    fn resting(&self) -> std::sync::MutexGuard<'_, Vec<Resting>> {
        self.0.resting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wire {
    /// What is not committed is rolled back.
    pub async fn begin(&mut self) -> Result<Transaction<'_, Postgres>, Error> {
        self.connection.begin().await
    }

    /// To be used again.
    pub fn back(self) {
        let Self { connection, steady, _place } = self;
        steady.resting().push(Resting { connection, since: Instant::now() });
    }
}

impl Deref for Wire {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.connection
    }
}

impl DerefMut for Wire {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}
