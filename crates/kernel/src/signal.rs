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
    IssueTransitioned => "issue_transitioned",
    IssueClosed => "issue_closed",
    IssueReopened => "issue_reopened",
    IssueAssigned => "issue_assigned",
    IssueLabeled => "issue_labeled",
    IssueArchived => "issue_archived",
    IssueDeleted => "issue_deleted",
    IssueSlaChanged => "issue_sla_changed",
    PullRequestOpened => "pull_request_opened",
    PullRequestUpdated => "pull_request_updated",
    PullRequestMerged => "pull_request_merged",
    PullRequestClosed => "pull_request_closed",
    PullRequestReopened => "pull_request_reopened",
    PullRequestReviewed => "pull_request_reviewed",
    CommentCreated => "comment_created",
    CommentUpdated => "comment_updated",
    CommentDeleted => "comment_deleted",
    Push => "push",
    TagPushed => "tag_pushed",
    BranchCreated => "branch_created",
    BranchDeleted => "branch_deleted",
    ReleasePublished => "release_published",
    CiRunCompleted => "ci_run_completed",
    DiscussionCreated => "discussion_created",
    StarAdded => "star_added",
    RepositoryUpdated => "repository_updated",
    RepositoryDeleted => "repository_deleted",
    ProjectCreated => "project_created",
    ProjectUpdated => "project_updated",
    ProjectClosed => "project_closed",
    ProjectDeleted => "project_deleted",
    ProjectUpdatePosted => "project_update_posted",
    AttachmentAdded => "attachment_added",
    SprintCreated => "sprint_created",
    SprintUpdated => "sprint_updated",
    SprintStarted => "sprint_started",
    SprintClosed => "sprint_closed",
    SprintDeleted => "sprint_deleted",
    VersionCreated => "version_created",
    VersionUpdated => "version_updated",
    VersionReleased => "version_released",
    VersionUnreleased => "version_unreleased",
    VersionDeleted => "version_deleted",
    MessagePosted => "message_posted",
    MessageUpdated => "message_updated",
    MessageDeleted => "message_deleted",
    MessagePinned => "message_pinned",
    Mention => "mention",
    ReactionAdded => "reaction_added",
    ReactionRemoved => "reaction_removed",
    ChannelCreated => "channel_created",
    ChannelUpdated => "channel_updated",
    ChannelArchived => "channel_archived",
    ChannelDeleted => "channel_deleted",
    MemberJoined => "member_joined",
    CommandInvoked => "command_invoked",
    InteractionReceived => "interaction_received",
    UserCreated => "user_created",
    UserUpdated => "user_updated",
    EntityCreated => "entity_created",
    EntityUpdated => "entity_updated",
    EntityDeleted => "entity_deleted",
    PageCreated => "page_created",
    PageUpdated => "page_updated",
    PageDeleted => "page_deleted",
    EventCreated => "event_created",
    EventUpdated => "event_updated",
    EventCancelled => "event_cancelled",
    FileCreated => "file_created",
    FileUpdated => "file_updated",
    FileTrashed => "file_trashed",
    FileDeleted => "file_deleted",
    EmailReceived => "email_received",
    EmailUpdated => "email_updated",
    EmailDeleted => "email_deleted",
    RecordCreated => "record_created",
    RecordUpdated => "record_updated",
    RecordDeleted => "record_deleted",
    TrackSaved => "track_saved",
    TrackUnsaved => "track_unsaved",
    TrackPlayed => "track_played",
    PlaylistCreated => "playlist_created",
    PlaylistUpdated => "playlist_updated",
    PlaylistDeleted => "playlist_deleted",
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
    /// `repository`, `team`, `project`, `organization`, `channel`, `board`, `calendar`, `drive`, `folder`, `thread`, `module`,
    /// `space`, `library`, `playlist`, `album` or `artist`.
    #[serde(rename = "type")]
    pub kind: String,
    pub external_id: String,
    pub name: Option<String>,
    pub url: Option<String>,
}

/// What it happened to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// The noun of the kind: `issue`, `pull_request`, `comment`, `commit`, `message`, `file`, `record`, `connection` and so on.
    /// Of the `entity_…` kinds, the vendor's own word for it.
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
