//! A signal: one normalised event that a tenant can query.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

macro_rules! kinds {
    ($($variant:ident => $word:literal),+ $(,)?) => {
        /// What happened, in words shared by all vendors.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum SignalKind {
            $(#[serde(rename = $word)] $variant),+
        }

        impl SignalKind {
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word on the wire and in the database.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    };
}

kinds! {
    IssueCreated => "issue_created",
    IssueUpdated => "issue_updated",
    IssueClosed => "issue_closed",
    IssueReopened => "issue_reopened",
    IssueAssigned => "issue_assigned",
    IssueLabeled => "issue_labeled",
    IssueDeleted => "issue_deleted",
    PullRequestOpened => "pull_request_opened",
    PullRequestUpdated => "pull_request_updated",
    PullRequestMerged => "pull_request_merged",
    PullRequestClosed => "pull_request_closed",
    PullRequestReviewed => "pull_request_reviewed",
    CommentCreated => "comment_created",
    CommentUpdated => "comment_updated",
    CommentDeleted => "comment_deleted",
    Push => "push",
    ReleasePublished => "release_published",
    ProjectCreated => "project_created",
    ProjectUpdated => "project_updated",
    ProjectDeleted => "project_deleted",
    ConnectionConnected => "connection_connected",
    ConnectionDegraded => "connection_degraded",
    ConnectionRecovered => "connection_recovered",
    ConnectionNeedsReauth => "connection_needs_reauth",
    ConnectionRevoked => "connection_revoked",
    ConnectionSuspended => "connection_suspended",
    ConnectionResumed => "connection_resumed",
}

impl std::str::FromStr for SignalKind {
    type Err = UnknownKind;

    fn from_str(word: &str) -> Result<Self, UnknownKind> {
        Self::ALL.iter().copied().find(|kind| kind.word() == word).ok_or(UnknownKind)
    }
}

/// The word names no kind.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("no such signal kind")]
pub struct UnknownKind;

/// Who did it, as the vendor names them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    pub external_id: String,
    pub name: Option<String>,
    pub is_bot: bool,
}

/// Where it happened: a repository, a team, a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Container {
    /// `repository`, `team`, `project` or `organization`.
    #[serde(rename = "type")]
    pub kind: String,
    pub external_id: String,
    pub name: Option<String>,
    pub url: Option<String>,
}

/// What it happened to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// `issue`, `pull_request`, `comment`, `commit`, `release`, `project` or `connection`.
    #[serde(rename = "type")]
    pub kind: String,
    pub external_id: String,
    /// The number or identifier that people use (`#7`, `ENG-7`), without decoration.
    pub number: Option<String>,
    pub title: Option<String>,
    pub url: Option<String>,
}

/// A signal as a provider reads it out of a delivery, before it is known whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewSignal {
    pub kind: SignalKind,
    pub subject: Subject,
    pub actor: Option<Actor>,
    pub container: Option<Container>,
    /// When it happened at the vendor, by the vendor's clock, never the time of arrival unless the vendor sends none.
    pub occurred_at: DateTime<Utc>,
    /// The names of what changed, for the `…_updated` kinds.
    pub changes: Vec<String>,
}
