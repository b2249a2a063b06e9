//! A connection and the states it can be in.

use crate::{ConnectionId, Parameters, SignalKind, TenantId, UserId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Why a person has to connect again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReauthReason {
    /// The person or an administrator took the grant away at the vendor.
    Revoked,
    /// The refresh token is too old.
    RefreshExpired,
    /// The grant does not carry a scope that is needed.
    MissingScope,
    /// The vendor no longer knows the refresh token: somebody else has rotated it.
    RotatedElsewhere,
    /// The vendor has disabled our app.
    AppDisabled,
}

impl ReauthReason {
    /// The word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::RefreshExpired => "refresh_expired",
            Self::MissingScope => "missing_scope",
            Self::RotatedElsewhere => "rotated_elsewhere",
            Self::AppDisabled => "app_disabled",
        }
    }
}

/// Why no fresh token is to be had for the moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DegradedReason {
    /// The vendor is failing, or cannot be reached.
    #[default]
    Unavailable,
    /// The vendor asks for a pause.
    RateLimited,
    /// The vendor answers, but not with a token.
    Unreadable,
    /// The vendor was asked and its answer was lost: it may have replaced the refresh token.
    Unanswered,
    /// The vendor does not accept our client id, secret or key.
    ClientRefused,
    /// The client that obtained the grant is not known here any more.
    NotConfigured,
}

impl DegradedReason {
    /// The word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unavailable => "unavailable",
            Self::RateLimited => "rate_limited",
            Self::Unreadable => "unreadable",
            Self::Unanswered => "unanswered",
            Self::ClientRefused => "client_refused",
            Self::NotConfigured => "not_configured",
        }
    }
}

/// The state of a connection. Each state carries what a person needs to act on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Status {
    Active,
    NeedsReauth {
        reason: ReauthReason,
    },
    /// The last refresh failed for a reason that can pass; the next one is due at `next_retry_at`.
    Degraded {
        next_retry_at: DateTime<Utc>,
        #[serde(default)]
        reason: DegradedReason,
    },
    /// The vendor has paused it, as an organisation can do with an installation; it may come back by itself.
    Suspended,
    /// Ended, by us or at the vendor. Only connecting again makes a new one.
    Revoked,
}

impl Status {
    /// The word on the wire and in the database.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::NeedsReauth { .. } => "needs_reauth",
            Self::Degraded { .. } => "degraded",
            Self::Suspended => "suspended",
            Self::Revoked => "revoked",
        }
    }

    /// Whether a token may be handed out: a paused or ended connection has none.
    pub const fn may_vend(&self) -> bool {
        matches!(self, Self::Active | Self::Degraded { .. })
    }

    /// What the person or operator should do next; `None` when all is well.
    pub const fn next_action(&self) -> Option<&'static str> {
        match self {
            Self::Active => None,
            Self::NeedsReauth { .. } | Self::Revoked => Some("reconnect"),
            Self::Degraded { reason: DegradedReason::ClientRefused | DegradedReason::NotConfigured, .. } => {
                Some("check_settings")
            }
            Self::Degraded { .. } => Some("wait"),
            Self::Suspended => Some("unsuspend_at_provider"),
        }
    }

    /// Why it is so, where the word alone does not say it.
    pub const fn reason(&self) -> Option<&'static str> {
        match self {
            Self::NeedsReauth { reason } => Some(reason.word()),
            Self::Degraded { reason, .. } => Some(reason.word()),
            Self::Active | Self::Suspended | Self::Revoked => None,
        }
    }

    /// How the step from `before` to this state is told. `None`: nobody needs to hear of it, as of one more failed attempt
    /// of a connection that is degraded already.
    pub fn told_after(&self, before: &Self) -> Option<SignalKind> {
        match (before, self) {
            (Self::Degraded { .. }, Self::Degraded { .. }) => None,
            (before, after) if before == after => None,
            (Self::Suspended, Self::Active) => Some(SignalKind::ConnectionResumed),
            (_, Self::Active) => Some(SignalKind::ConnectionRecovered),
            (_, Self::Degraded { .. }) => Some(SignalKind::ConnectionDegraded),
            (_, Self::NeedsReauth { .. }) => Some(SignalKind::ConnectionNeedsReauth),
            (_, Self::Suspended) => Some(SignalKind::ConnectionSuspended),
            (_, Self::Revoked) => Some(SignalKind::ConnectionRevoked),
        }
    }
}

/// What kind of account stands behind a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionKind {
    /// A person's account, with tokens of an OAuth grant.
    Account,
    /// An organisation's installation of our app; tokens are minted from the app's own key.
    Installation,
}

impl ConnectionKind {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Installation => "installation",
        }
    }
}

/// Which of a connection's grants. Nearly every connection has the first alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantRole {
    /// What the connection is about.
    Primary,
    /// The person's own tokens, where the vendor gave the app's and the person's in one consent.
    User,
}

impl GrantRole {
    pub const ALL: [Self; 2] = [Self::Primary, Self::User];

    /// The role of this word, if there is one.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }

    /// The word on the wire and in the database.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::User => "user",
        }
    }
}

/// One grant of a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct GrantKey {
    pub connection: ConnectionId,
    pub role: GrantRole,
}

impl GrantKey {
    /// The first grant of a connection.
    pub const fn primary(connection: ConnectionId) -> Self {
        Self { connection, role: GrantRole::Primary }
    }
}

/// One of several places that one grant opens: a site, a workspace of an organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// The vendor's id, which is also what its webhooks name and operators ask by.
    pub external_id: String,
    /// The vendor's product or kind of place, in the vendor's word.
    pub kind: String,
    pub name: String,
    pub url: Option<String>,
    /// As granted for this place.
    pub scopes: Vec<String>,
}

/// One account of one tenant at one provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    pub tenant: TenantId,
    pub id: ConnectionId,
    /// The provider's slug.
    pub provider: String,
    pub kind: ConnectionKind,
    /// The vendor's id of the account (or of the installation); stable across renames.
    pub account_id: String,
    /// The vendor's id of the organisation or workspace, which its webhooks name.
    pub org_id: Option<String>,
    /// What the vendor calls the account.
    pub display_name: String,
    /// What the person calls it.
    pub label: Option<String>,
    pub status: Status,
    /// As granted, which may be less than requested.
    pub scopes: Vec<String>,
    /// As asked for. `None`: nobody asked, the credential was pasted or minted, or it was not noted yet.
    pub requested_scopes: Option<Vec<String>>,
    /// What its addresses are built from.
    pub parameters: Parameters,
    /// When the consent ends whatever is done, where the vendor sets such an end.
    pub reauth_due_at: Option<DateTime<Utc>>,
    /// Who connected it. `None`: an operator did, and the whole tenant shares it.
    pub owner: Option<UserId>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Something that happened at the vendor (or with a refresh) and moves a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// The person or organisation removed us.
    Removed,
    /// The vendor paused the installation.
    Paused,
    /// The vendor resumed it.
    Resumed,
    /// A refresh was refused for good.
    Refused(ReauthReason),
    /// A refresh failed for a reason that can pass; try again at this time.
    Failing { retry_at: DateTime<Utc>, reason: DegradedReason },
    /// A token was obtained.
    Working,
}

impl Status {
    /// The state after `event`. A revoked connection stays revoked: only a new connect, which writes the whole row,
    /// brings it back. `Resumed` lifts a suspension only, so that a late delivery cannot hide a dead grant. A token heals
    /// what was believed to be rotated elsewhere: the lost answer has turned up after all.
    #[must_use]
    pub fn after(&self, event: Health) -> Self {
        match (self, event) {
            (Self::Revoked, _) | (_, Health::Removed) => Self::Revoked,
            (_, Health::Paused) => Self::Suspended,
            (Self::Suspended, Health::Resumed)
            | (
                Self::Active | Self::Degraded { .. } | Self::NeedsReauth { reason: ReauthReason::RotatedElsewhere },
                Health::Working,
            ) => Self::Active,
            (_, Health::Refused(reason)) => Self::NeedsReauth { reason },
            (Self::Active | Self::Degraded { .. }, Health::Failing { retry_at, reason }) => {
                Self::Degraded { next_retry_at: retry_at, reason }
            }
            (current, Health::Resumed | Health::Working | Health::Failing { .. }) => current.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A connection that was removed at the vendor does not come back through a late "unsuspend".
    #[test]
    fn a_revoked_connection_stays_revoked() {
        let revoked = Status::Suspended.after(Health::Removed);
        assert_eq!(revoked, Status::Revoked);
        assert_eq!(revoked.after(Health::Resumed), Status::Revoked);
        assert_eq!(revoked.after(Health::Working), Status::Revoked);
    }

    /// Resuming lifts a suspension and nothing else.
    #[test]
    fn resuming_does_not_hide_a_dead_grant() {
        let dead = Status::NeedsReauth { reason: ReauthReason::Revoked };
        assert_eq!(dead.after(Health::Resumed), dead);
        assert_eq!(Status::Suspended.after(Health::Resumed), Status::Active);
    }

    /// A passing failure degrades, success heals.
    #[test]
    fn degraded_heals_when_a_token_is_obtained() {
        let retry_at = DateTime::UNIX_EPOCH;
        let reason = DegradedReason::RateLimited;
        let degraded = Status::Active.after(Health::Failing { retry_at, reason });
        assert_eq!(degraded, Status::Degraded { next_retry_at: retry_at, reason });
        assert_eq!(degraded.after(Health::Working), Status::Active);
    }

    /// An answer that was believed lost and is stored after all brings the connection back; a refusal does not pass so.
    #[test]
    fn a_token_heals_what_was_believed_rotated() {
        let rotated = Status::NeedsReauth { reason: ReauthReason::RotatedElsewhere };
        assert_eq!(rotated.after(Health::Working), Status::Active);
        let revoked = Status::NeedsReauth { reason: ReauthReason::Revoked };
        assert_eq!(revoked.after(Health::Working), revoked);
    }

    /// Every step has one word; one more failure of what is failing has none.
    #[test]
    fn a_change_is_told_once() {
        let degraded = |seconds| Status::Degraded {
            next_retry_at: DateTime::UNIX_EPOCH + chrono::TimeDelta::seconds(seconds),
            reason: DegradedReason::Unavailable,
        };
        let dead = Status::NeedsReauth { reason: ReauthReason::Revoked };
        let told = |before: &Status, after: &Status| after.told_after(before).map(SignalKind::word);
        assert_eq!(told(&Status::Active, &degraded(1)), Some("connection_degraded"));
        assert_eq!(told(&degraded(1), &degraded(2)), None);
        assert_eq!(told(&degraded(2), &Status::Active), Some("connection_recovered"));
        assert_eq!(told(&Status::Active, &Status::Active), None);
        assert_eq!(told(&degraded(1), &dead), Some("connection_needs_reauth"));
        assert_eq!(told(&dead, &Status::Suspended), Some("connection_suspended"));
        assert_eq!(told(&Status::Suspended, &Status::Active), Some("connection_resumed"));
        assert_eq!(told(&dead, &Status::Revoked), Some("connection_revoked"));
    }

    /// A state that was stored before it had a reason is still read.
    #[test]
    fn a_degraded_state_without_a_reason_is_read() {
        let stored = r#"{"status": "degraded", "next_retry_at": "1970-01-01T00:00:00Z"}"#;
        let read: Status = serde_json::from_str(stored).unwrap();
        let reason = DegradedReason::Unavailable;
        assert_eq!(read, Status::Degraded { next_retry_at: DateTime::UNIX_EPOCH, reason });
    }
}
