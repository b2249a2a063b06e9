//! The table: every stream, and how people change what it fetches.

use super::{follow, kills, pauses, tokens, workers};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::TimeDelta;
use serde_json::{Value, json};

pub struct Row {
    pub provider: &'static str,
    pub stream: &'static str,
    /// The sandbox's words for the vendor and for the kind of thing.
    pub vendor: &'static str,
    pub kind: &'static str,
    /// What a new one says at least.
    pub item: fn() -> Value,
    /// So many are some pages of the vendor's, and not many.
    pub many: usize,
    /// The ids of what everybody has without having made it.
    pub given: &'static [&'static str],
    /// The vendor's id, out of a record's.
    pub own_id: fn(&str) -> &str,
    /// And out of the one that is told.
    pub told_id: fn(&str) -> String,
    pub made: Made,
    /// What is written to change one, with a mark in it, and what is told of that. `None`: it does not change.
    pub changed: Option<Change>,
    pub ends: Ends,
    /// Longer than the vendor's tokens live.
    pub token_hours: i64,
    /// How the sandbox's vendor is set.
    pub settings: fn() -> Value,
    /// The kind of thing that has to be there before, because these are in it.
    pub needs: Option<&'static str>,
    /// Whether the stream has that one in it as well, which is too old then for anybody to look at it twice.
    pub lists_its_need: bool,
    /// How old one may be for it to be seen that it was changed or deleted. `None`: there is no end to it.
    pub seen_for: Option<TimeDelta>,
}

/// What is told of new ones.
#[derive(Clone, Copy)]
pub enum Made {
    /// Of each this.
    Each(&'static str),
    /// Of several that are found at once this, of the newest.
    Newest(&'static str),
    /// Nothing.
    Untold,
}

/// What is written, with a mark in it, and what is told of that.
pub type Change = (fn(&str) -> Value, &'static str);

/// How it is found that one is gone, and what is told of it.
#[derive(Clone, Copy)]
pub enum Ends {
    /// By the next look.
    Seen(&'static str),
    /// By reading everything anew, and no sooner.
    Missed(&'static str),
    /// Likewise, but nobody is told.
    Untold,
    /// By the next look, and it stays listed as something that was deleted.
    Kept(&'static str),
    /// Not at all: what the vendor no longer shows is not gone, or nobody can delete it.
    Unseen,
}

const PLAIN: fn() -> Value = || json!({});
const WHOLE: fn(&str) -> &str = |id| id;
/// `SITE/ID`.
const BEHIND_THE_SITE: fn(&str) -> &str = |id| id.rsplit('/').next().unwrap_or(id);
/// `ID:MOMENT`.
const BEFORE_THE_MOMENT: fn(&str) -> &str = |id| id.split(':').next().unwrap_or(id);
/// `TEAM:ID`.
const BEHIND_THE_TEAM: fn(&str) -> &str = |id| id.split_once(':').map_or(id, |(_, id)| id);
const TOLD_BEHIND_THE_TEAM: fn(&str) -> String = |id| BEHIND_THE_TEAM(id).to_owned();
/// Otherwise Slack's tokens do not end.
const ROTATING: fn() -> Value = || json!({"rotation": true});
/// GitHub's `hello` has a number that follows from its owner's. Those of all others begin with this digit.
const HELLO_OR_NUMBER: fn(&str) -> &str = |id| if id.starts_with('4') { id } else { "hello" };
/// `005:IssueNUMBER` in base64.
const IN_THE_NODE: fn(&str) -> String = |id| {
    let node = String::from_utf8(STANDARD.decode(id).unwrap()).unwrap();
    node.rsplit(|letter: char| !letter.is_ascii_digit()).next().unwrap().to_owned()
};

/// What is so of most streams.
const USUAL: Row = Row {
    provider: "",
    stream: "",
    vendor: "",
    kind: "",
    item: PLAIN,
    many: 0,
    given: &[],
    own_id: WHOLE,
    told_id: str::to_owned,
    made: Made::Untold,
    changed: None,
    ends: Ends::Unseen,
    token_hours: 2,
    settings: PLAIN,
    needs: None,
    lists_its_need: false,
    seen_for: None,
};

macro_rules! matrix {
    ($($name:ident: Row { $($row:tt)+ };)+) => {
        pub static ROWS: &[&Row] = &[$(&$name::ROW),+];

        $(
            mod $name {
                use super::*;

                pub static ROW: Row = Row { $($row)+ ..USUAL };

                /// What was there before the connection is stored, all of it and nothing else, and is no news.
                #[tokio::test]
                async fn a_first_run_lists_all_and_tells_nothing() {
                    follow::first_run(&ROW).await;
                }

                /// Nothing has changed, and not one row is written: by an ordinary run, and by one that reads all of it anew.
                #[tokio::test]
                async fn what_has_not_changed_is_not_written() {
                    follow::no_change(&ROW).await;
                }

                /// Three of many: three rows and three signals.
                #[tokio::test]
                async fn what_has_changed_is_written_and_told_once() {
                    follow::changes(&ROW).await;
                }

                /// What is gone is marked and told once, by the next look or by the next full one.
                #[tokio::test]
                async fn what_is_gone_is_marked_and_told_once() {
                    follow::ends(&ROW).await;
                }

                /// Listings are killed, at the vendor's answer or inside of a page's transaction.
                #[tokio::test]
                async fn a_listing_that_is_killed_loses_nothing() {
                    kills::of_listings(&ROW).await;
                }

                /// And so are runs with news: each thing is told once.
                #[tokio::test]
                async fn a_run_with_news_that_is_killed_tells_each_once() {
                    kills::of_news(&ROW).await;
                }

                /// The vendor wants a pause half way, in its own words and in everybody's.
                #[tokio::test]
                async fn a_pause_half_way_is_kept_and_then_gone_on_from() {
                    pauses::half_way(&ROW).await;
                }

                /// The token ends half way, and the same run goes on with another.
                #[tokio::test]
                async fn a_token_that_ends_half_way_is_renewed_in_the_run() {
                    tokens::ended(&ROW).await;
                }

                /// The person takes the app away half way; what happens until they come back is told then.
                #[tokio::test]
                async fn a_grant_that_ends_half_way_costs_nothing_but_time() {
                    tokens::revoked(&ROW).await;
                }

                /// Two processes fetch at once.
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn two_workers_run_each_stream_once() {
                    workers::at_once(&ROW).await;
                }
            }
        )+
    };
}

matrix! {
    google_calendar_events: Row {
        provider: "google", stream: "calendar_events", vendor: "google", kind: "calendar", item: PLAIN, many: 250,
        given: &[], own_id: WHOLE, made: Made::Each("event_created"),
        changed: Some((|mark| json!({"summary": mark}), "event_updated")), ends: Ends::Seen("event_cancelled"),
        token_hours: 2,
    };
    google_drive_files: Row {
        provider: "google", stream: "drive_files", vendor: "google", kind: "drive", item: PLAIN, many: 450,
        given: &[], own_id: WHOLE, made: Made::Each("file_created"),
        changed: Some((|mark| json!({"name": mark}), "file_updated")), ends: Ends::Seen("file_deleted"),
        token_hours: 2,
    };
    google_gmail_messages: Row {
        provider: "google", stream: "gmail_messages", vendor: "google", kind: "mail", item: PLAIN, many: 170,
        given: &[], own_id: WHOLE, made: Made::Each("email_received"),
        changed: Some((|mark| json!({"labelIds": ["INBOX", mark]}), "email_updated")), ends: Ends::Seen("email_deleted"),
        token_hours: 2,
    };
    jira_issues: Row {
        provider: "jira", stream: "issues", vendor: "atlassian", kind: "issue", item: PLAIN, many: 120,
        given: &[], own_id: BEHIND_THE_SITE, made: Made::Each("issue_created"),
        changed: Some((|mark| json!({"fields": {"summary": mark}}), "issue_updated")), ends: Ends::Missed("issue_deleted"),
        token_hours: 2,
    };
    jira_projects: Row {
        provider: "jira", stream: "projects", vendor: "atlassian", kind: "project", item: PLAIN, many: 120,
        given: &["10000", "10001", "10002"], own_id: BEHIND_THE_SITE, made: Made::Each("project_created"),
        changed: Some((|mark| json!({"name": mark}), "project_updated")), ends: Ends::Seen("project_deleted"),
        token_hours: 2,
    };
    jira_pages: Row {
        provider: "jira", stream: "pages", vendor: "atlassian", kind: "page", item: PLAIN, many: 120,
        given: &[], own_id: BEHIND_THE_SITE, made: Made::Each("page_created"),
        changed: Some((|mark| json!({"title": mark}), "page_updated")), ends: Ends::Seen("page_deleted"),
        token_hours: 2,
    };
    spotify_saved_tracks: Row {
        provider: "spotify", stream: "saved_tracks", vendor: "spotify", kind: "track", item: PLAIN, many: 120,
        given: &[], own_id: WHOLE, made: Made::Each("track_saved"), changed: None, ends: Ends::Seen("track_unsaved"),
        token_hours: 2,
    };
    spotify_playlists: Row {
        provider: "spotify", stream: "playlists", vendor: "spotify", kind: "playlist", item: PLAIN, many: 120,
        given: &[], own_id: WHOLE, made: Made::Each("playlist_created"),
        changed: Some((|mark| json!({"name": mark}), "playlist_updated")), ends: Ends::Seen("playlist_deleted"),
        token_hours: 2,
    };
    // The vendor remembers fifty, and some more are heard while the story is told.
    spotify_recently_played: Row {
        provider: "spotify", stream: "recently_played", vendor: "spotify", kind: "play", item: PLAIN, many: 25,
        given: &[], own_id: BEFORE_THE_MOMENT, made: Made::Each("track_played"), changed: None, ends: Ends::Unseen,
        token_hours: 2,
    };
    zoho_leads: Row {
        provider: "zoho", stream: "leads", vendor: "zoho", kind: "Leads", item: PLAIN, many: 450,
        given: &[], own_id: WHOLE, made: Made::Each("record_created"),
        changed: Some((|mark| json!({"Company": mark}), "record_updated")), ends: Ends::Seen("record_deleted"),
        token_hours: 2,
    };
    zoho_contacts: Row {
        provider: "zoho", stream: "contacts", vendor: "zoho", kind: "Contacts", item: PLAIN, many: 450,
        given: &[], own_id: WHOLE, made: Made::Each("record_created"),
        changed: Some((|mark| json!({"Title": mark}), "record_updated")), ends: Ends::Seen("record_deleted"),
        token_hours: 2,
    };
    zoho_accounts: Row {
        provider: "zoho", stream: "accounts", vendor: "zoho", kind: "Accounts", item: PLAIN, many: 450,
        given: &[], own_id: WHOLE, made: Made::Each("record_created"),
        changed: Some((|mark| json!({"Industry": mark}), "record_updated")), ends: Ends::Seen("record_deleted"),
        token_hours: 2,
    };
    zoho_deals: Row {
        provider: "zoho", stream: "deals", vendor: "zoho", kind: "Deals", item: PLAIN, many: 450,
        given: &[], own_id: WHOLE, made: Made::Each("record_created"),
        changed: Some((|mark| json!({"Stage": mark}), "record_updated")), ends: Ends::Seen("record_deleted"),
        token_hours: 2,
    };
    github_repositories: Row {
        provider: "github", stream: "repositories", vendor: "github", kind: "repository", item: PLAIN, many: 110,
        given: &["hello"], own_id: HELLO_OR_NUMBER, made: Made::Untold,
        changed: Some((|mark| json!({"description": mark}), "repository_updated")), ends: Ends::Seen("repository_deleted"),
        token_hours: 9,
    };
    github_issues: Row {
        provider: "github", stream: "issues", vendor: "github", kind: "issue", item: PLAIN, many: 120,
        given: &[], own_id: WHOLE, told_id: IN_THE_NODE, made: Made::Each("issue_created"),
        changed: Some((|mark| json!({"title": mark}), "issue_updated")), ends: Ends::Missed("issue_deleted"),
        token_hours: 9,
    };
    // They cannot be deleted.
    github_pull_requests: Row {
        provider: "github", stream: "pull_requests", vendor: "github", kind: "pull_request", item: PLAIN, many: 70,
        given: &[], own_id: WHOLE, told_id: IN_THE_NODE, made: Made::Each("pull_request_opened"),
        changed: Some((|mark| json!({"title": mark}), "pull_request_updated")), ends: Ends::Unseen,
        token_hours: 9,
    };
    // Whoever pushes over commits is told of by webhooks alone.
    github_commits: Row {
        provider: "github", stream: "commits", vendor: "github", kind: "commit", item: PLAIN, many: 120,
        given: &[], own_id: BEHIND_THE_SITE, made: Made::Newest("push"), changed: None, ends: Ends::Untold,
        token_hours: 9,
    };
    slack_channels: Row {
        provider: "slack", stream: "channels", vendor: "slack", kind: "channel", item: PLAIN, many: 220,
        given: &[], own_id: BEHIND_THE_TEAM, told_id: TOLD_BEHIND_THE_TEAM, made: Made::Each("channel_created"),
        changed: Some((|mark| json!({"name": mark}), "channel_updated")), ends: Ends::Missed("channel_deleted"),
        token_hours: 13, settings: ROTATING,
    };
    // Each has answers under it, so that a stone is left where it was, and is looked at for an hour.
    slack_messages: Row {
        provider: "slack", stream: "messages", vendor: "slack", kind: "message", item: || json!({"reply_count": 1}), many: 220,
        given: &[], own_id: BEHIND_THE_TEAM, told_id: TOLD_BEHIND_THE_TEAM, made: Made::Each("message_posted"),
        changed: Some((|mark| json!({"text": mark}), "message_updated")), ends: Ends::Seen("message_deleted"),
        token_hours: 13, settings: ROTATING, seen_for: Some(TimeDelta::hours(1)),
    };
    // All of them in one thread, which no look at the channel shows any more.
    slack_answers: Row {
        provider: "slack", stream: "messages", vendor: "slack", kind: "reply", many: 450,
        own_id: BEHIND_THE_TEAM, told_id: TOLD_BEHIND_THE_TEAM, made: Made::Each("message_posted"),
        changed: Some((|mark| json!({"text": mark}), "message_updated")), ends: Ends::Unseen,
        token_hours: 13, settings: ROTATING, needs: Some("message"), lists_its_need: true,
        seen_for: Some(TimeDelta::hours(1)),
    };
    slack_users: Row {
        provider: "slack", stream: "users", vendor: "slack", kind: "user", item: PLAIN, many: 220,
        given: &[], own_id: BEHIND_THE_TEAM, told_id: TOLD_BEHIND_THE_TEAM, made: Made::Each("user_created"),
        changed: Some((|mark| json!({"real_name": mark}), "user_updated")), ends: Ends::Kept("user_updated"),
        token_hours: 13, settings: ROTATING,
    };
    linear_issues: Row {
        provider: "linear", stream: "issues", vendor: "linear", kind: "issue", item: PLAIN, many: 120,
        given: &[], own_id: WHOLE, made: Made::Each("issue_created"),
        changed: Some((|mark| json!({"title": mark}), "issue_updated")), ends: Ends::Missed("issue_deleted"),
        token_hours: 25,
    };
    linear_projects: Row {
        provider: "linear", stream: "projects", vendor: "linear", kind: "project", item: PLAIN, many: 120,
        given: &[], own_id: WHOLE, made: Made::Each("project_created"),
        changed: Some((|mark| json!({"name": mark}), "project_updated")), ends: Ends::Missed("project_deleted"),
        token_hours: 25,
    };
    linear_teams: Row {
        provider: "linear", stream: "teams", vendor: "linear", kind: "team", item: PLAIN, many: 120,
        given: &[], own_id: WHOLE, made: Made::Each("entity_created"),
        changed: Some((|mark| json!({"name": mark}), "entity_updated")), ends: Ends::Missed("entity_deleted"),
        token_hours: 25,
    };
    linear_comments: Row {
        provider: "linear", stream: "comments", vendor: "linear", kind: "comment", item: PLAIN, many: 120,
        given: &[], own_id: WHOLE, made: Made::Each("comment_created"),
        changed: Some((|mark| json!({"body": mark}), "comment_updated")), ends: Ends::Missed("comment_deleted"),
        token_hours: 25, needs: Some("issue"),
    };
}
