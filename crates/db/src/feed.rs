//! What Postgres tells whoever listens: that a tenant has new signals.

use kernel::TenantId;
use sqlx::{Error, PgExecutor, PgPool, postgres::PgListener};

/// The channel that `signals::write` speaks on.
const CHANNEL: &str = "signals";
/// A word of our own on that channel, to hear whether we hear.
const ECHO: &str = "echo";

/// What was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// There are new signals of this tenant.
    News(TenantId),
    /// Somebody tried whether the channel is open.
    Echo,
    /// The connection was lost and is there again; what was said meanwhile is not known.
    Gap,
}

/// A connection of its own that listens.
pub struct Listener(PgListener);

impl Listener {
    pub async fn open(pool: &PgPool) -> Result<Self, Error> {
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen(CHANNEL).await?;
        Ok(Self(listener))
    }

    pub async fn hear(&mut self) -> Result<Heard, Error> {
        loop {
            let Some(word) = self.0.try_recv().await? else { return Ok(Heard::Gap) };
            match word.payload().parse() {
                Ok(tenant) => return Ok(Heard::News(tenant)),
                Err(_) if word.payload() == ECHO => return Ok(Heard::Echo),
                Err(_) => {}
            }
        }
    }
}

/// Says a word that every listener hears, unless something between us and Postgres swallows it (a pooler of transactions).
pub async fn echo(executor: impl PgExecutor<'_>) -> Result<(), Error> {
    sqlx::query("select pg_notify($1, $2)").bind(CHANNEL).bind(ECHO).execute(executor).await?;
    Ok(())
}
