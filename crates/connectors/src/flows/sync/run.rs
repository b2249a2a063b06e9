//! One run of one stream: what was named first, then page after page, until there is no more or others have to get their turn.

use super::{
    LEASE, apply, missing,
    trouble::{Again, SyncError, spread},
};
use crate::{
    App,
    flows::{
        audit::story::{self, Turn},
        budget::{Budget, For},
        settings,
        vend::{self, Vended, Want},
    },
};
use chrono::{DateTime, TimeDelta, Utc};
use db::{
    connections,
    streams::{self, Claim, Claimed, Failed, Moment, Phase},
};
use futures_util::FutureExt;
use kernel::{GrantRole, same};
use outbound::Ear;
use providers::{Call, CallError, Configured, PageAsk, RecordPage, Stream, StreamError, Streams};
use serde_json::{Value, json};
use std::{convert::Infallible, panic::AssertUnwindSafe, sync::Arc, time::Duration};
use tokio::time::timeout;

/// Pages of a run. After that the others that are due come first.
const PAGES: usize = 50;
/// Ids of a page that were named.
const NAMED: i32 = 100;
/// A page may be many requests of the vendor's code; each has a time-out of its own.
const PAGE_PATIENCE: Duration = Duration::from_mins(3);
/// How often the claim is lengthened. Far below the lease.
const BEAT: Duration = Duration::from_mins(1);

/// How a run ended.
enum End {
    Reached { every: TimeDelta },
    More,
}

/// Runs it, and notes when it is due again.
pub(super) async fn run(app: &Arc<App>, claimed: &Claimed) -> Result<(), db::Error> {
    let claim = &claimed.claim;
    let working = AssertUnwindSafe(work(app, claimed)).catch_unwind();
    let ended = tokio::select! {
        ended = working => ended.unwrap_or(Err(SyncError::Panicked)),
        never = keep(app, claim) => match never {},
    };
    let now = app.clock.now();
    let error = match ended {
        Ok(End::Reached { every }) => return finish(app, claimed, now, now + spread(every)).await,
        Ok(End::More) => return streams::give_way(&app.pool, claim, now).await,
        Err(error) => error,
    };
    let (due_at, asleep, counts) = match error.again(claimed.attempts, now) {
        Again::Never => return Ok(()),
        Again::At(at) => (at, false, true),
        Again::Unpaused(at) => (at, false, false),
        Again::Awake { latest } => (latest, true, true),
    };
    let (connection, stream) = (claim.connection, &claim.stream);
    tracing::info!(%error, %connection, stream, %due_at, "a stream was not read to the end");
    let (trouble, error) = (error.trouble().word(), error.to_string());
    let failed = Failed { due_at, asleep, counts, trouble, error: &error, pushes: claimed.pushes };
    let mut transaction = app.pool.begin().await?;
    streams::fail(&mut *transaction, claim, failed).await?;
    if counts && claimed.attempts == 0 {
        let detail = json!({ "stream": stream, "trouble": trouble });
        story::tell(&mut *transaction, (claim.tenant, connection), Turn::StreamFailed, detail, now).await?;
    }
    transaction.commit().await
}

async fn finish(app: &App, claimed: &Claimed, now: DateTime<Utc>, next: DateTime<Utc>) -> Result<(), db::Error> {
    let Claimed { claim, pushes, attempts, .. } = claimed;
    let mut transaction = app.pool.begin().await?;
    streams::finish(&mut *transaction, claim, *pushes, now, next).await?;
    if *attempts > 0 {
        let (of, detail) = ((claim.tenant, claim.connection), json!({ "stream": claim.stream }));
        story::tell(&mut *transaction, of, Turn::StreamRecovered, detail, now).await?;
    }
    transaction.commit().await
}

/// Keeps the claim for as long as this future lives.
async fn keep(app: &App, claim: &Claim) -> Infallible {
    loop {
        tokio::time::sleep(BEAT).await;
        if let Err(error) = streams::keep(&app.pool, claim, app.clock.now() + LEASE).await {
            tracing::warn!(%error, connection = %claim.connection, "a claim could not be lengthened");
        }
    }
}

async fn work(app: &Arc<App>, claimed: &Claimed) -> Result<End, SyncError> {
    let claim = &claimed.claim;
    let found = connections::find(&app.pool, claim.tenant, claim.connection).await?;
    let connection = found.ok_or(SyncError::TakenOver)?;
    let configured =
        settings::configured(app, Some(claim.tenant), &connection.provider, &connection.parameters).await?;
    let provider = Arc::clone(&configured.provider);
    let known = provider.vendor.streams().ok_or(SyncError::UnknownStream)?;
    let stream = known.streams().into_iter().find(|stream| stream.name == claim.stream);
    let stream = stream.ok_or(SyncError::UnknownStream)?;
    let budget = Budget::of(app, &configured, &connection).await?;
    if let Some(until) = budget.rests_until(None, For::Itself).await? {
        return Err(SyncError::Paused { until });
    }
    let vended = vend::of(app, connection.clone(), GrantRole::Primary, Want::Fresh).await?;
    let ear = Ear::default();
    let mut reading = Reading {
        app,
        claim,
        configured: &configured,
        budget: &budget,
        client: app.client.heard_by(&ear),
        ear,
        known,
        stream,
        vended,
        cursor: claimed.cursor.clone(),
        phase: claimed.phase,
        pass: claimed.pass,
        baseline_at: claimed.baseline_at,
        spares_until: None,
        has_restarted: false,
        has_renewed: false,
        has_caught_up: false,
    };
    if claimed.anew {
        reading.restart().await?;
    }
    reading.read_on().await
}

/// A stream that is being read, with the claim in hand.
pub(super) struct Reading<'a> {
    pub app: &'a Arc<App>,
    pub claim: &'a Claim,
    pub configured: &'a Configured,
    budget: &'a Budget<'a>,
    client: outbound::Client,
    ear: Ear,
    pub known: &'a dyn Streams,
    pub stream: Stream,
    pub vended: Vended,
    pub cursor: Option<Value>,
    pub phase: Phase,
    pub pass: i32,
    pub baseline_at: Option<DateTime<Utc>>,
    /// Little is left of the vendor's quota: nothing more is asked for before.
    spares_until: Option<DateTime<Utc>>,
    has_restarted: bool,
    has_renewed: bool,
    /// Whether this run has looked at what changed since the listing.
    has_caught_up: bool,
}

impl Reading<'_> {
    /// Now, and the claim's end counted from now.
    pub fn moment(&self) -> Moment {
        let now = self.app.clock.now();
        Moment { now, until: now + LEASE }
    }

    async fn read_on(&mut self) -> Result<End, SyncError> {
        let mut is_named_done = false;
        for _ in 0..PAGES {
            // What moved in the list while it was read may not have been named, and is not gone: the changes name it.
            if self.phase == Phase::Missing && self.has_caught_up {
                if missing::mark(self).await? {
                    return Ok(self.reached());
                }
                continue;
            }
            // Before the baseline there is nothing that what was named could differ from.
            if !is_named_done && self.baseline_at.is_some() {
                let ids = streams::take_named(&self.app.pool, self.claim, NAMED).await?;
                is_named_done = ids.is_empty();
                if !is_named_done {
                    self.fetch_named(&ids).await?;
                    continue;
                }
            }
            if self.fetch_next().await? {
                return Ok(self.reached());
            }
            if let Some(until) = self.spares_until.take() {
                return Err(SyncError::Paused { until });
            }
        }
        Ok(End::More)
    }

    fn reached(&self) -> End {
        End::Reached { every: self.stream.every }
    }

    async fn fetch_named(&mut self, ids: &[String]) -> Result<(), SyncError> {
        match self.page(ids).await? {
            Some(page) => apply::named(self, page).await,
            // The cursor is for the next page to find out about; these are fetched once that has been done.
            None => self.cursor_expired().await,
        }
    }

    /// Whether that was the last one.
    async fn fetch_next(&mut self) -> Result<bool, SyncError> {
        let Some(page) = self.page(&[]).await? else {
            self.cursor_expired().await?;
            return Ok(false);
        };
        let (more, was_missing) = (page.more, self.phase == Phase::Missing);
        apply::next(self, page).await?;
        self.has_caught_up |= was_missing && !more;
        Ok(!more && self.phase == Phase::Changes)
    }

    async fn cursor_expired(&mut self) -> Result<(), SyncError> {
        if self.has_restarted || self.cursor.is_none() {
            return Err(SyncError::NoCursorServes);
        }
        let (connection, stream) = (self.claim.connection, &self.claim.stream);
        tracing::info!(%connection, stream, "a cursor has expired; the stream is read from the beginning");
        self.restart().await
    }

    /// From the beginning again. What is known by then is no news; what has changed since is told like any change.
    async fn restart(&mut self) -> Result<(), SyncError> {
        self.has_restarted = true;
        self.pass = streams::restart(&self.app.pool, self.claim).await?.ok_or(SyncError::TakenOver)?;
        (self.cursor, self.phase) = (None, Phase::Listing);
        Ok(())
    }

    /// `None`: the vendor takes the cursor no more. A refused token is renewed once a run.
    async fn page(&mut self, ids: &[String]) -> Result<Option<RecordPage>, SyncError> {
        match self.ask(ids).await {
            Err(SyncError::Call(CallError::Unauthorized)) if !self.has_renewed => {
                self.has_renewed = true;
                self.renew().await?;
                self.ask(ids).await
            }
            answer => answer,
        }
    }

    async fn ask(&mut self, ids: &[String]) -> Result<Option<RecordPage>, SyncError> {
        let Stream { name, batch, .. } = &self.stream;
        let ask = PageAsk { stream: name, cursor: self.cursor.as_ref(), ids, batch: *batch };
        let call = Call { client: &self.client, ..vend::call(self.app, self.configured, &self.vended) };
        let answer = timeout(PAGE_PATIENCE, self.known.page(call, ask)).await;
        let head = self.ear.take();
        let (path, headers) = head.map(|head| (head.path, head.headers)).unwrap_or_default();
        match answer.map_err(|_| SyncError::Slow)? {
            Ok(page) => {
                // What has been fetched is kept before the rest begins.
                self.spares_until = self.budget.hear(&path, &headers).await?;
                Ok(Some(page))
            }
            // Whoever else calls has to know.
            Err(StreamError::Call(CallError::RateLimited { retry_after })) => {
                Err(SyncError::Paused { until: self.budget.pause(&path, &headers, retry_after).await? })
            }
            Err(StreamError::CursorExpired) => Ok(None),
            Err(StreamError::Call(error)) => Err(error.into()),
        }
    }

    async fn renew(&mut self) -> Result<(), SyncError> {
        if !vend::is_refused(self.app, self.configured, &self.vended).await {
            return Err(CallError::Unauthorized.into());
        }
        let refused = &self.vended.grant.access_token;
        let fresh = vend::after_refusal(self.app, self.claim.tenant, self.vended.key, refused).await?;
        if same(fresh.grant.access_token.expose(), refused.expose()) {
            return Err(CallError::Unauthorized.into());
        }
        self.vended = fresh;
        Ok(())
    }
}
