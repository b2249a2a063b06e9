//! Asks the vendor for a new token, as often as makes sense now, and reads its refusals.

use super::{
    intent::{Heard, Intent, Stakes},
    lease::Lease,
};
use crate::App;
use chrono::{DateTime, TimeDelta, Utc};
use kernel::{Connection, ConnectionKind, DegradedReason, Health, ReauthReason, Secret};
use oauth::{Grant, Refusal, TokenError};
use providers::{CallError, Configured};
use std::time::Duration;

/// When the background tries a failed refresh again.
pub(super) const RETRY: TimeDelta = TimeDelta::minutes(1);
/// The same where an operator has to put something right first.
pub(super) const AFTER_SETTINGS: TimeDelta = TimeDelta::minutes(5);
/// After the first attempt, with pauses that double from a second.
const RETRIES: u32 = 3;
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Why there is no new token.
pub(super) enum Trouble {
    Dead(Health),
    Passing {
        retry_after: TimeDelta,
        reason: DegradedReason,
    },
    /// Somebody else has taken the lease over.
    Overtaken,
    Database(db::Error),
}

impl Trouble {
    const fn dead(reason: ReauthReason) -> Self {
        Self::Dead(Health::Refused(reason))
    }

    const fn passing(reason: DegradedReason) -> Self {
        let retry_after = match reason {
            DegradedReason::ClientRefused | DegradedReason::NotConfigured => AFTER_SETTINGS,
            DegradedReason::Unavailable
            | DegradedReason::RateLimited
            | DegradedReason::Unreadable
            | DegradedReason::Unanswered => RETRY,
        };
        Self::Passing { retry_after, reason }
    }

    fn rate_limited(retry_after: Option<TimeDelta>) -> Self {
        Self::Passing { retry_after: retry_after.unwrap_or(RETRY), reason: DegradedReason::RateLimited }
    }
}

/// Whose grant is renewed, and what came back to earlier calls with it.
pub(super) struct Asking<'a> {
    pub app: &'a App,
    pub configured: &'a Configured,
    pub connection: &'a Connection,
    pub grant: &'a Grant,
    pub lease: Lease,
    pub intent: Intent,
    pub stakes: Stakes,
}

impl Asking<'_> {
    pub async fn ask(&mut self) -> Result<Grant, Trouble> {
        match self.connection.kind {
            ConnectionKind::Installation => self.mint().await,
            ConnectionKind::Account => {
                let refresh_token = self.grant.refresh_token.as_ref();
                self.refresh(refresh_token.ok_or(Trouble::dead(ReauthReason::RefreshExpired))?).await
            }
        }
    }

    async fn mint(&self) -> Result<Grant, Trouble> {
        let Self { app, configured, connection, .. } = self;
        let installations = configured.provider.vendor.installations();
        let installations = installations.ok_or(Trouble::dead(ReauthReason::AppDisabled))?;
        let minted = installations.mint(configured, &app.client, &connection.account_id, app.clock.now()).await;
        minted.map_err(|error| of_mint(&error))
    }

    async fn refresh(&mut self, refresh_token: &Secret) -> Result<Grant, Trouble> {
        let read = |answer| self.configured.provider.vendor.read_token_answer(answer);
        let mut failures = 0;
        loop {
            if self.intent.is_used_up(self.stakes) {
                return Err(Trouble::dead(ReauthReason::RotatedElsewhere));
            }
            let now = self.app.clock.now();
            let endpoint = self.configured.refresh_endpoint(&self.app.client, &read, now);
            let endpoint = endpoint.ok_or(Trouble::dead(ReauthReason::RefreshExpired))?;
            let error = match endpoint.refresh(refresh_token).await {
                Ok(fresh) => return Ok(self.completed(fresh)),
                Err(error) => error,
            };
            tracing::warn!(
                %error, provider = %self.connection.provider, connection = %self.connection.id, "a refresh failed"
            );
            self.intent.hear(Heard::from(&error));
            let at_once = error.is_transient() && failures < RETRIES && !self.intent.is_for_later(self.stakes);
            if !at_once {
                return Err(self.judge(&error, now));
            }
            tokio::time::sleep(Duration::from_secs(1 << failures).min(LONGEST_PAUSE)).await;
            failures += 1;
            match self.lease.note(self.app, &self.intent).await {
                Ok(true) => {}
                Ok(false) => return Err(Trouble::Overtaken),
                Err(error) => return Err(Trouble::Database(error)),
            }
        }
    }

    /// With what the vendor did not repeat.
    fn completed(&self, mut fresh: Grant) -> Grant {
        // A vendor that does not repeat the scopes has not changed them (RFC 6749 6).
        if fresh.scopes.is_empty() {
            fresh.scopes.clone_from(&self.grant.scopes);
        }
        // Nor has the consent become younger.
        if fresh.refresh_expires_at.is_none() {
            fresh.refresh_expires_at = self.grant.refresh_expires_at;
        }
        fresh
    }

    fn judge(&self, error: &TokenError, now: DateTime<Utc>) -> Trouble {
        match error {
            TokenError::Refused { refusal: Refusal::InvalidGrant, .. } => {
                let ended = self.grant.refresh_expires_at.is_some_and(|at| at <= now);
                Trouble::dead(if ended {
                    ReauthReason::RefreshExpired
                } else if self.intent.is_in_doubt(self.stakes) {
                    ReauthReason::RotatedElsewhere
                } else {
                    ReauthReason::Revoked
                })
            }
            TokenError::Lost if self.intent.is_used_up(self.stakes) => Trouble::dead(ReauthReason::RotatedElsewhere),
            TokenError::Lost => Trouble::passing(DegradedReason::Unanswered),
            // Our own credentials or settings are wrong: the person's grant is not to blame and stays.
            TokenError::Refused { refusal: Refusal::InvalidClient, .. } | TokenError::Forbidden(_) => {
                Trouble::passing(DegradedReason::ClientRefused)
            }
            TokenError::Refused { refusal: Refusal::Other, .. } | TokenError::Unavailable => {
                Trouble::passing(DegradedReason::Unavailable)
            }
            TokenError::Unreadable => Trouble::passing(DegradedReason::Unreadable),
            TokenError::RateLimited { retry_after } => Trouble::rate_limited(*retry_after),
        }
    }
}

fn of_mint(error: &CallError) -> Trouble {
    match error {
        CallError::Suspended => Trouble::Dead(Health::Paused),
        CallError::NotFound => Trouble::Dead(Health::Removed),
        CallError::RateLimited { retry_after } => Trouble::rate_limited(*retry_after),
        CallError::Unauthorized | CallError::Misconfigured | CallError::Forbidden(_) => {
            Trouble::passing(DegradedReason::ClientRefused)
        }
        CallError::Unreadable => Trouble::passing(DegradedReason::Unreadable),
        CallError::Refused | CallError::Unavailable => Trouble::passing(DegradedReason::Unavailable),
    }
}
