//! The table: every stream, and how people change what it fetches.

use super::{follow, kills, pauses, tokens, workers};
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
    /// What is told of a new one.
    pub made: &'static str,
    /// What is written to change one, with a mark in it, and what is told of that. `None`: it does not change.
    pub changed: Option<Change>,
    pub ends: Ends,
    /// Longer than the vendor's tokens live.
    pub token_hours: i64,
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
    /// Not at all: what the vendor no longer shows is not gone.
    Unseen,
}

const PLAIN: fn() -> Value = || json!({});
const WHOLE: fn(&str) -> &str = |id| id;
/// `SITE/ID`.
const BEHIND_THE_SITE: fn(&str) -> &str = |id| id.rsplit('/').next().unwrap_or(id);
/// `ID:MOMENT`.
const BEFORE_THE_MOMENT: fn(&str) -> &str = |id| id.split(':').next().unwrap_or(id);

macro_rules! matrix {
    ($($name:ident: $row:expr;)+) => {
        pub static ROWS: &[&Row] = &[$(&$name::ROW),+];

        $(
            mod $name {
                use super::*;

                pub static ROW: Row = $row;

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

                /// The first listing is killed twenty times, at the vendor's answer or inside of a page's transaction.
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
        given: &[], own_id: WHOLE, made: "event_created",
        changed: Some((|mark| json!({"summary": mark}), "event_updated")), ends: Ends::Seen("event_cancelled"),
        token_hours: 2,
    };
    google_drive_files: Row {
        provider: "google", stream: "drive_files", vendor: "google", kind: "drive", item: PLAIN, many: 450,
        given: &[], own_id: WHOLE, made: "file_created",
        changed: Some((|mark| json!({"name": mark}), "file_updated")), ends: Ends::Seen("file_deleted"),
        token_hours: 2,
    };
    google_gmail_messages: Row {
        provider: "google", stream: "gmail_messages", vendor: "google", kind: "mail", item: PLAIN, many: 170,
        given: &[], own_id: WHOLE, made: "email_received",
        changed: Some((|mark| json!({"labelIds": ["INBOX", mark]}), "email_updated")), ends: Ends::Seen("email_deleted"),
        token_hours: 2,
    };
    jira_issues: Row {
        provider: "jira", stream: "issues", vendor: "atlassian", kind: "issue", item: PLAIN, many: 120,
        given: &[], own_id: BEHIND_THE_SITE, made: "issue_created",
        changed: Some((|mark| json!({"fields": {"summary": mark}}), "issue_updated")), ends: Ends::Missed("issue_deleted"),
        token_hours: 2,
    };
    jira_projects: Row {
        provider: "jira", stream: "projects", vendor: "atlassian", kind: "project", item: PLAIN, many: 120,
        given: &["10000", "10001", "10002"], own_id: BEHIND_THE_SITE, made: "project_created",
        changed: Some((|mark| json!({"name": mark}), "project_updated")), ends: Ends::Seen("project_deleted"),
        token_hours: 2,
    };
    jira_pages: Row {
        provider: "jira", stream: "pages", vendor: "atlassian", kind: "page", item: PLAIN, many: 120,
        given: &[], own_id: BEHIND_THE_SITE, made: "page_created",
        changed: Some((|mark| json!({"title": mark}), "page_updated")), ends: Ends::Seen("page_deleted"),
        token_hours: 2,
    };
    spotify_saved_tracks: Row {
        provider: "spotify", stream: "saved_tracks", vendor: "spotify", kind: "track", item: PLAIN, many: 120,
        given: &[], own_id: WHOLE, made: "track_saved", changed: None, ends: Ends::Seen("track_unsaved"),
        token_hours: 2,
    };
    spotify_playlists: Row {
        provider: "spotify", stream: "playlists", vendor: "spotify", kind: "playlist", item: PLAIN, many: 120,
        given: &[], own_id: WHOLE, made: "playlist_created",
        changed: Some((|mark| json!({"name": mark}), "playlist_updated")), ends: Ends::Seen("playlist_deleted"),
        token_hours: 2,
    };
    // The vendor remembers fifty, and some more are heard while the story is told.
    spotify_recently_played: Row {
        provider: "spotify", stream: "recently_played", vendor: "spotify", kind: "play", item: PLAIN, many: 25,
        given: &[], own_id: BEFORE_THE_MOMENT, made: "track_played", changed: None, ends: Ends::Unseen,
        token_hours: 2,
    };
    zoho_leads: Row {
        provider: "zoho", stream: "leads", vendor: "zoho", kind: "Leads", item: PLAIN, many: 450,
        given: &[], own_id: WHOLE, made: "record_created",
        changed: Some((|mark| json!({"Company": mark}), "record_updated")), ends: Ends::Seen("record_deleted"),
        token_hours: 2,
    };
    zoho_contacts: Row {
        provider: "zoho", stream: "contacts", vendor: "zoho", kind: "Contacts", item: PLAIN, many: 450,
        given: &[], own_id: WHOLE, made: "record_created",
        changed: Some((|mark| json!({"Title": mark}), "record_updated")), ends: Ends::Seen("record_deleted"),
        token_hours: 2,
    };
    zoho_accounts: Row {
        provider: "zoho", stream: "accounts", vendor: "zoho", kind: "Accounts", item: PLAIN, many: 450,
        given: &[], own_id: WHOLE, made: "record_created",
        changed: Some((|mark| json!({"Industry": mark}), "record_updated")), ends: Ends::Seen("record_deleted"),
        token_hours: 2,
    };
    zoho_deals: Row {
        provider: "zoho", stream: "deals", vendor: "zoho", kind: "Deals", item: PLAIN, many: 450,
        given: &[], own_id: WHOLE, made: "record_created",
        changed: Some((|mark| json!({"Stage": mark}), "record_updated")), ends: Ends::Seen("record_deleted"),
        token_hours: 2,
    };
}
