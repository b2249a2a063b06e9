//! New signals, told inside this process: one connection hears of them from Postgres, and everybody who follows a tenant's
//! signals here is woken by it.

use crate::App;
use db::feed::{Heard, Listener, echo};
use edge::Shutdown;
use kernel::TenantId;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::{Notify, Semaphore, SemaphorePermit, watch};
use tokio_util::sync::CancellationToken;

/// Followers of one tenant: its frontends and backends, and not each of its people's tabs.
const MOST_OF_A_TENANT: usize = 20;
/// Followers in all: each holds a file descriptor and some 25 KB of memory while nothing happens (`make curves` measures it up to
/// this number, docs/curves.md), up to a page of signals while its other side takes none, and looks for itself every five seconds
/// while nothing can be heard, which is two short queries.
const MOST: usize = 10_000;
/// How often all are woken while nothing can be heard, and how long an echo may take.
const DEAF: Duration = Duration::from_secs(5);
/// How often it is tried whether we still hear.
const TRIAL: Duration = Duration::from_mins(1);

/// Followers that look for news at a time, half as many as there are connections to the database: when all are woken together,
/// whoever asks for something else finds one that is free.
const LOOKING: usize = 7;

/// Who is to be told.
pub struct Feed {
    followers: Mutex<Followers>,
    /// For the one who forwards signals of all tenants.
    pub forwarding: Notify,
    closed: CancellationToken,
    looking: Semaphore,
}

impl Default for Feed {
    fn default() -> Self {
        let looking = Semaphore::new(LOOKING);
        Self { followers: Mutex::default(), forwarding: Notify::new(), closed: CancellationToken::new(), looking }
    }
}

#[derive(Default)]
struct Followers {
    all: usize,
    of: HashMap<TenantId, (usize, watch::Sender<()>)>,
}

/// There are too many followers, of this tenant or in all.
#[derive(Debug, thiserror::Error)]
#[error("too many follow the signals")]
pub struct TooMany;

/// One who follows a tenant's signals, until it is dropped.
pub struct Following {
    feed: Arc<Feed>,
    tenant: TenantId,
    news: watch::Receiver<()>,
}

impl Feed {
    /// Signals that are written from now on wake whoever this is given to.
    pub fn follow(self: &Arc<Self>, tenant: TenantId) -> Result<Following, TooMany> {
        let mut followers = self.lock();
        if followers.all >= MOST {
            return Err(TooMany);
        }
        let (count, news) = followers.of.entry(tenant).or_insert_with(|| (0, watch::Sender::new(())));
        if *count >= MOST_OF_A_TENANT {
            return Err(TooMany);
        }
        *count += 1;
        let news = news.subscribe();
        followers.all += 1;
        Ok(Following { feed: Arc::clone(self), tenant, news })
    }

    /// This tenant has new signals.
    fn wake(&self, tenant: TenantId) {
        if let Some((_, news)) = self.lock().of.get(&tenant) {
            news.send_replace(());
        }
        self.forwarding.notify_one();
    }

    /// Any tenant may have.
    fn wake_all(&self) {
        for (_, news) in self.lock().of.values() {
            news.send_replace(());
        }
        self.forwarding.notify_one();
    }

    /// A panic elsewhere leaves whole numbers behind.
    fn lock(&self) -> MutexGuard<'_, Followers> {
        self.followers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Following {
    /// Returns when there may be news since the last call; `false`: the service shuts down.
    pub async fn news(&mut self) -> bool {
        tokio::select! {
            biased;
            () = self.feed.closed.cancelled() => false,
            changed = self.news.changed() => changed.is_ok(),
        }
    }

    /// Held while looking for news. There is always a turn: nobody closes what gives them.
    pub async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        self.feed.looking.acquire().await.ok()
    }

    /// Whether the service shuts down.
    pub fn is_over(&self) -> bool {
        self.feed.closed.is_cancelled()
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        let mut followers = self.feed.lock();
        followers.all -= 1;
        if let Some((count, _)) = followers.of.get_mut(&self.tenant) {
            *count -= 1;
            if *count == 0 {
                followers.of.remove(&self.tenant);
            }
        }
    }
}

/// Listens until the shutdown, and then ends what follows. While nothing can be heard, because Postgres is away or because a
/// pooler of transactions stands between us, all look for themselves every five seconds.
pub async fn listen(app: Arc<App>, shutdown: Shutdown) {
    while !shutdown.has_begun() {
        let heard = tokio::select! {
            heard = hear(&app) => heard,
            () = shutdown.begun() => break,
        };
        if let Err(error) = heard {
            tracing::warn!(%error, "new signals are not heard of now; looking for them");
        }
        app.feed.wake_all();
        tokio::select! {
            () = tokio::time::sleep(DEAF) => {}
            () = shutdown.begun() => {}
        }
    }
    app.feed.closed.cancel();
}

#[derive(Debug, thiserror::Error)]
enum Lost {
    #[error("the database failed")]
    Database(#[from] db::Error),
    #[error("an echo did not come back")]
    Silence,
}

/// Passes on what it hears until that ends.
async fn hear(app: &App) -> Result<(), Lost> {
    let mut listener = Listener::open(&app.sessions).await?;
    // Whatever was said before we listened.
    app.feed.wake_all();
    loop {
        echo(&app.pool).await?;
        await_echo(app, &mut listener).await?;
        let trial = tokio::time::sleep(TRIAL);
        tokio::pin!(trial);
        loop {
            tokio::select! {
                heard = listener.hear() => pass_on(app, heard?),
                () = &mut trial => break,
            }
        }
    }
}

async fn await_echo(app: &App, listener: &mut Listener) -> Result<(), Lost> {
    let echo = async {
        loop {
            match listener.hear().await? {
                Heard::Echo => return Ok(()),
                heard => pass_on(app, heard),
            }
        }
    };
    tokio::time::timeout(DEAF, echo).await.map_err(|_| Lost::Silence)?
}

fn pass_on(app: &App, heard: Heard) {
    match heard {
        Heard::News(tenant) => app.feed.wake(tenant),
        Heard::Gap => app.feed.wake_all(),
        Heard::Echo => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use uuid::Uuid;

    fn tenant(number: u128) -> TenantId {
        TenantId::from_uuid(Uuid::from_u128(number))
    }

    /// Twenty of one tenant and not one more; another tenant's are counted apart, and who leaves makes room.
    #[test]
    fn followers_are_bounded() {
        let feed = Arc::new(Feed::default());
        let mut ours: Vec<Following> = (0..20).map(|_| feed.follow(tenant(1)).unwrap()).collect();
        assert!(feed.follow(tenant(1)).is_err());
        let theirs = feed.follow(tenant(2)).unwrap();
        ours.pop();
        ours.push(feed.follow(tenant(1)).unwrap());
        drop((ours, theirs));
        assert!(feed.lock().of.is_empty() && feed.lock().all == 0);
    }

    /// The process has a bound of its own.
    #[test]
    fn ten_thousand_are_enough() {
        let feed = Arc::new(Feed::default());
        let all: Vec<Following> = (0..10_000).map(|number| feed.follow(tenant(number / 20)).unwrap()).collect();
        assert!(feed.follow(tenant(5_000)).is_err());
        drop(all);
        assert!(feed.follow(tenant(5_000)).is_ok());
    }

    /// So many look at a time; the next one does when one of them has done so.
    #[test]
    fn those_who_look_take_turns() {
        let feed = Arc::new(Feed::default());
        let following = feed.follow(tenant(1)).unwrap();
        let mut turns: Vec<_> = (0..LOOKING).map(|_| following.turn().now_or_never().unwrap()).collect();
        assert!(following.turn().now_or_never().is_none());
        turns.pop();
        assert!(following.turn().now_or_never().is_some());
    }

    /// News of a tenant wake those who follow it, also when they come before one waits, and nobody else.
    #[tokio::test]
    async fn news_wake_the_tenants_own() {
        let feed = Arc::new(Feed::default());
        let (mut ours, mut theirs) = (feed.follow(tenant(1)).unwrap(), feed.follow(tenant(2)).unwrap());
        feed.wake(tenant(1));
        assert!(ours.news().await);
        assert!(!theirs.news.has_changed().unwrap());
        feed.closed.cancel();
        assert!(!theirs.news().await && ours.is_over());
    }
}
