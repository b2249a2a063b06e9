//! Connections for the questions that nearly every request asks. A pool of sqlx's looks at a connection before it is given out and
//! after it has come back, a round trip each; here neither is needed: what was used a moment ago is there, and what was broken off
//! in the middle does not come back.

use crate::migrate::RESTED;
use sqlx::{Connection, Error, PgConnection, PgPool, postgres::PgConnectOptions};
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

/// A bounded set of connections. Clones share it.
#[derive(Clone)]
pub struct Reads(Arc<Shared>);

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

/// One connection. After good work it has to be given [`back`](Reader::back); one that is dropped is closed.
#[must_use = "a connection that is not given back is closed"]
pub struct Reader {
    connection: PgConnection,
    reads: Reads,
    _place: OwnedSemaphorePermit,
}

impl Reads {
    /// At the server of `pool`. Its statements are planned once: they are of one shape, their plan is good for everybody, and over
    /// partitions planning takes several times as long as answering. A pooler of transactions takes no such setting.
    pub fn beside(pool: &PgPool, size: usize, has_pooler: bool) -> Self {
        let options = PgConnectOptions::clone(&pool.connect_options());
        let options = if has_pooler { options } else { options.options([("plan_cache_mode", "force_generic_plan")]) };
        let (places, resting) = (Arc::new(Semaphore::new(size)), Mutex::default());
        Self(Arc::new(Shared { pool: pool.clone(), options, places, resting }))
    }

    /// Waits for a place, and connects where no connection rests.
    pub async fn acquire(&self) -> Result<Reader, Error> {
        if self.0.pool.is_closed() {
            return Err(Error::PoolClosed);
        }
        let place = timeout(PATIENCE, Arc::clone(&self.0.places).acquire_owned()).await;
        let place = place.map_err(|_| Error::PoolTimedOut)?.map_err(|_| Error::PoolClosed)?;
        let connection = match self.rested().await {
            Some(connection) => connection,
            None => timeout(PATIENCE, PgConnection::connect_with(&self.0.options))
                .await
                .map_err(|_| Error::PoolTimedOut)??,
        };
        Ok(Reader { connection, reads: self.clone(), _place: place })
    }

    /// One that is there. After a rest it is asked first; those that rest longest are let go.
    async fn rested(&self) -> Option<PgConnection> {
        loop {
            let Resting { mut connection, since } = {
                let mut resting = self.resting();
                resting.retain(|one| one.since.elapsed() < IDLE);
                resting.pop()?
            };
            if since.elapsed() < RESTED || matches!(timeout(PATIENCE, connection.ping()).await, Ok(Ok(()))) {
                return Some(connection);
            }
        }
    }

    /// Nothing that could panic runs under this lock.
    fn resting(&self) -> std::sync::MutexGuard<'_, Vec<Resting>> {
        self.0.resting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reader {
    /// To be used again.
    pub fn back(self) {
        let Self { connection, reads, _place } = self;
        reads.resting().push(Resting { connection, since: Instant::now() });
    }
}

impl Deref for Reader {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.connection
    }
}

impl DerefMut for Reader {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}
