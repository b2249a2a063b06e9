//! What a record is in words shared by all vendors. The vendor's own JSON stands beside it, so that nothing is lost: what a
//! vendor does not say is null here, and what only one vendor says is not here.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

/// A record's shape, named by `type`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Shape {
    Repository(Repository),
    Issue(Issue),
    PullRequest(PullRequest),
    Commit(Commit),
    Comment(Comment),
    Project(Project),
    Team(Team),
    Person(Person),
    Channel(Channel),
    Message(Message),
    Document(Document),
    CalendarEvent(CalendarEvent),
    File(File),
    Mail(Mail),
    CrmRecord(CrmRecord),
    Track(Track),
    Playlist(Playlist),
    Play(Play),
}

/// Somebody as a record names them: the vendor's id where there is one, and the name people know.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Named {
    pub id: Option<String>,
    pub name: Option<String>,
}

/// A repository of code.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Repository {
    /// With its owner, as in `acme/website`.
    pub name: String,
    pub description: Option<String>,
    pub url: Option<String>,
    pub default_branch: Option<String>,
    pub is_private: Option<bool>,
    pub is_archived: Option<bool>,
    pub created_at: Option<DateTime<Utc>>,
    pub updated_at: Option<DateTime<Utc>>,
}

/// A piece of work.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Issue {
    /// As people say it: `ENG-42`, `acme/website#7`.
    pub key: Option<String>,
    pub title: String,
    /// In the vendor's form: Markdown, or a document as JSON text.
    pub text: Option<String>,
    /// The vendor's word for where it stands.
    pub status: Option<String>,
    /// Whether the vendor counts it as done.
    pub is_closed: Option<bool>,
    pub priority: Option<String>,
    pub labels: Vec<String>,
    pub author: Option<Named>,
    pub assignees: Vec<Named>,
    /// The repository, project or team that it belongs to.
    pub container: Option<Named>,
    pub url: Option<String>,
    pub due_at: Option<DateTime<Utc>>,
    pub created_at: Option<DateTime<Utc>>,
    pub updated_at: Option<DateTime<Utc>>,
    pub closed_at: Option<DateTime<Utc>>,
}

/// A change of code that waits for its merge, or was merged.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct PullRequest {
    pub key: Option<String>,
    pub title: String,
    pub text: Option<String>,
    /// `open`, `merged` or `closed`.
    pub status: String,
    pub is_draft: Option<bool>,
    pub labels: Vec<String>,
    pub author: Option<Named>,
    pub assignees: Vec<Named>,
    pub reviewers: Vec<Named>,
    pub repository: Option<Named>,
    pub from_branch: Option<String>,
    pub into_branch: Option<String>,
    pub url: Option<String>,
    pub created_at: Option<DateTime<Utc>>,
    pub updated_at: Option<DateTime<Utc>>,
    pub merged_at: Option<DateTime<Utc>>,
    pub closed_at: Option<DateTime<Utc>>,
}

/// A commit.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Commit {
    pub sha: String,
    pub message: String,
    pub author: Option<Named>,
    pub repository: Option<Named>,
    pub url: Option<String>,
    pub committed_at: Option<DateTime<Utc>>,
}

/// What somebody said of something.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Comment {
    pub text: String,
    pub author: Option<Named>,
    /// What it stands under.
    pub subject: Option<Named>,
    pub url: Option<String>,
    pub created_at: Option<DateTime<Utc>>,
    pub updated_at: Option<DateTime<Utc>>,
}

/// A project, with its issues in it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Project {
    pub key: Option<String>,
    pub name: String,
    pub text: Option<String>,
    pub status: Option<String>,
    pub lead: Option<Named>,
    pub url: Option<String>,
    pub start_at: Option<DateTime<Utc>>,
    pub due_at: Option<DateTime<Utc>>,
    pub created_at: Option<DateTime<Utc>>,
    pub updated_at: Option<DateTime<Utc>>,
}

/// A team.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Team {
    pub key: Option<String>,
    pub name: String,
    pub text: Option<String>,
    pub is_private: Option<bool>,
    pub created_at: Option<DateTime<Utc>>,
    pub updated_at: Option<DateTime<Utc>>,
}

/// Somebody in a workspace.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Person {
    /// The handle.
    pub name: String,
    pub full_name: Option<String>,
    pub email: Option<String>,
    pub title: Option<String>,
    pub time_zone: Option<String>,
    pub is_bot: Option<bool>,
    /// Was taken out of the workspace.
    pub is_deactivated: Option<bool>,
    pub updated_at: Option<DateTime<Utc>>,
}

/// A room for messages.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Channel {
    pub name: String,
    pub topic: Option<String>,
    pub purpose: Option<String>,
    pub is_private: Option<bool>,
    pub is_archived: Option<bool>,
    pub members: Option<u64>,
    pub created_at: Option<DateTime<Utc>>,
    pub updated_at: Option<DateTime<Utc>>,
}

/// A message.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Message {
    pub text: String,
    pub author: Option<Named>,
    pub channel: Option<Named>,
    /// The vendor's id of the message that began the thread.
    pub thread: Option<String>,
    pub replies: Option<u64>,
    pub url: Option<String>,
    pub sent_at: Option<DateTime<Utc>>,
    pub edited_at: Option<DateTime<Utc>>,
}

/// A page of a wiki.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Document {
    pub title: String,
    pub status: Option<String>,
    pub author: Option<Named>,
    /// The space.
    pub container: Option<Named>,
    pub version: Option<u64>,
    pub url: Option<String>,
    pub created_at: Option<DateTime<Utc>>,
    pub updated_at: Option<DateTime<Utc>>,
}

/// An entry of a calendar. A whole day has dates and no times.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct CalendarEvent {
    pub title: String,
    pub text: Option<String>,
    pub place: Option<String>,
    pub status: Option<String>,
    pub organizer: Option<Named>,
    pub attendees: Vec<Named>,
    pub start_at: Option<DateTime<Utc>>,
    pub end_at: Option<DateTime<Utc>>,
    /// `2026-11-29`.
    pub start_date: Option<String>,
    pub end_date: Option<String>,
    /// RFC 5545 lines.
    pub recurrence: Vec<String>,
    pub url: Option<String>,
    pub created_at: Option<DateTime<Utc>>,
    pub updated_at: Option<DateTime<Utc>>,
}

/// A file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct File {
    pub name: String,
    pub media_type: Option<String>,
    /// In bytes.
    pub size: Option<u64>,
    pub is_folder: Option<bool>,
    pub is_trashed: Option<bool>,
    pub owners: Vec<Named>,
    /// The vendor's ids of the folders it is in.
    pub parents: Vec<String>,
    pub url: Option<String>,
    pub created_at: Option<DateTime<Utc>>,
    pub updated_at: Option<DateTime<Utc>>,
}

/// A mail, without its text.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Mail {
    pub subject: Option<String>,
    pub from: Option<String>,
    pub to: Option<String>,
    /// The first words of it.
    pub snippet: Option<String>,
    pub thread: Option<String>,
    pub labels: Vec<String>,
    pub is_unread: Option<bool>,
    pub received_at: Option<DateTime<Utc>>,
}

/// A record of a CRM's module.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct CrmRecord {
    /// `Leads`, `Deals` and so on.
    pub module: String,
    pub name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub status: Option<String>,
    pub owner: Option<Named>,
    pub created_at: Option<DateTime<Utc>>,
    pub updated_at: Option<DateTime<Utc>>,
}

/// A track that somebody has saved.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Track {
    pub name: String,
    pub artists: Vec<Named>,
    pub album: Option<Named>,
    pub duration_ms: Option<u64>,
    pub url: Option<String>,
    pub saved_at: Option<DateTime<Utc>>,
}

/// A list of tracks.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Playlist {
    pub name: String,
    pub text: Option<String>,
    pub owner: Option<Named>,
    pub is_public: Option<bool>,
    pub tracks: Option<u64>,
    pub url: Option<String>,
}

/// One time that a track was heard.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Play {
    pub track: String,
    pub artists: Vec<Named>,
    pub album: Option<Named>,
    pub url: Option<String>,
    pub played_at: Option<DateTime<Utc>>,
}
