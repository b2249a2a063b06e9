//! Pages of Slack's streams.

use crate::{
    fixtures::{batch, now, vendor},
    vendor_server::{Asked, VendorServer},
    wire::ids,
};
use chrono::TimeDelta;
use providers::{CallError, PageAsk, RecordPage, RecordState, StreamError, Streams};
use serde_json::{Value, json};

pub const WHO: &str = "POST /api/auth.test";

fn streams() -> &'static dyn Streams {
    vendor("slack").vendor.streams().unwrap()
}

pub async fn page(server: &VendorServer, stream: &str, cursor: Option<&Value>) -> Result<RecordPage, StreamError> {
    page_later(server, stream, cursor, TimeDelta::zero()).await
}

pub async fn page_later(
    server: &VendorServer,
    stream: &str,
    cursor: Option<&Value>,
    later: TimeDelta,
) -> Result<RecordPage, StreamError> {
    let mut call = server.call();
    call.now += later;
    streams().page(call, PageAsk { stream, cursor, ids: &[], batch: batch(streams(), stream) }).await
}

/// All pages until there are no more: the records' ids a page, and the last cursor.
pub async fn pass(
    server: &VendorServer,
    stream: &str,
    mut cursor: Option<Value>,
    later: TimeDelta,
) -> (Vec<Vec<String>>, Value) {
    let mut pages = Vec::new();
    for _ in 0..20 {
        let found = page_later(server, stream, cursor.as_ref(), later).await.unwrap();
        pages.push(ids(&found));
        if !found.more {
            return (pages, found.cursor);
        }
        cursor = Some(found.cursor);
    }
    panic!("there is no end");
}

pub fn who(scopes: &str) -> (u16, Value) {
    let who = json!({"ok": true, "team": "Garden", "team_id": "T1", "user": "bot", "user_id": "U0", "bot_id": "B0",
        "$headers": {"x-oauth-scopes": scopes}});
    (200, who)
}

pub fn listed(name: &str, entries: &[Value], next: &str) -> (u16, Value) {
    (200, json!({"ok": true, name: entries, "response_metadata": {"next_cursor": next}}))
}

pub fn entry(id: &str) -> Value {
    json!({"id": id, "name": id.to_lowercase(), "updated": 1_767_323_000_000_i64})
}

pub fn no(word: &str) -> (u16, Value) {
    (200, json!({"ok": false, "error": word}))
}

pub const ALL: &str = "channels:read,groups:read,channels:history,groups:history,users:read";

/// Page by page, of the kinds that the scopes open; each pass asks anew which those are, and the day after all is listed for the
/// whole truth.
#[tokio::test]
async fn channels_are_listed_in_each_pass() {
    let server = VendorServer::of("slack", |asked| match asked.what.as_str() {
        WHO => who(ALL),
        "GET /api/conversations.list?limit=200&types=public_channel,private_channel" => {
            listed("channels", &[entry("C1"), json!({"name": "without an id"})], "second=")
        }
        "GET /api/conversations.list?limit=200&types=public_channel,private_channel&cursor=second=" => {
            listed("channels", &[entry("C2")], "")
        }
        other => panic!("{other}"),
    })
    .await;
    let (pages, cursor) = pass(&server, "channels", None, TimeDelta::zero()).await;
    assert_eq!(pages, [["T1:C1"], ["T1:C2"]]);
    assert_eq!(server.asked().iter().filter(|what| *what == WHO).count(), 1);
    let found = page(&server, "channels", None).await.unwrap();
    assert_eq!(found.records[0].changed_at, Some("2026-01-02T03:03:20Z".parse().unwrap()));
    assert_eq!(found.records[0].state, RecordState::There(entry("C1")));
    let (pages, cursor) = pass(&server, "channels", Some(cursor), TimeDelta::hours(23)).await;
    assert_eq!(pages, [["T1:C1"], ["T1:C2"]]);
    let later = page_later(&server, "channels", Some(&cursor), TimeDelta::hours(24)).await;
    assert!(matches!(later, Err(StreamError::CursorExpired)));

    let server = VendorServer::of("slack", |asked| match asked.what.as_str() {
        WHO => who("groups:read,users:read"),
        "GET /api/conversations.list?limit=200&types=private_channel" => listed("channels", &[entry("G1")], ""),
        "GET /api/users.list?limit=200" => listed("members", &[json!({"id": "U1", "updated": 1_767_323_000})], ""),
        other => panic!("{other}"),
    })
    .await;
    assert_eq!(pass(&server, "channels", None, TimeDelta::zero()).await.0, [["T1:G1"]]);
    let people = page(&server, "users", None).await.unwrap();
    assert_eq!((ids(&people), people.more), (vec!["T1:U1".to_owned()], false));
    assert_eq!(people.records[0].changed_at, Some("2026-01-02T03:03:20Z".parse().unwrap()));
}

/// An organization's token goes from workspace to workspace, and what it finds is the organization's.
#[tokio::test]
async fn an_organization_is_gone_through_by_workspace() {
    let server = VendorServer::of("slack", |asked| match asked.what.as_str() {
        WHO => (200, json!({"ok": true, "user_id": "U0", "enterprise_id": "E1", "is_enterprise_install": true})),
        "GET /api/auth.teams.list?limit=100" => listed("teams", &[json!({"id": "T1"})], "more"),
        "GET /api/auth.teams.list?limit=100&cursor=more" => listed("teams", &[json!({"id": "T2"})], ""),
        "GET /api/users.list?limit=200&team_id=T1" => listed("members", &[json!({"id": "U1"})], "rest"),
        "GET /api/users.list?limit=200&team_id=T1&cursor=rest" => listed("members", &[], ""),
        "GET /api/users.list?limit=200&team_id=T2" => listed("members", &[json!({"id": "U2"})], ""),
        other => panic!("{other}"),
    })
    .await;
    let (pages, _) = pass(&server, "users", None, TimeDelta::zero()).await;
    assert_eq!(pages, [vec!["E1:U1"], vec![], vec!["E1:U2"]]);
}

pub fn message(ts: &str) -> Value {
    json!({"type": "message", "user": "U1", "text": "x", "ts": ts})
}

fn history(asked: &Asked) -> Option<String> {
    asked.what.strip_prefix("GET /api/conversations.history?channel=").map(str::to_owned)
}

pub const MINE: &str =
    "GET /api/users.conversations?limit=100&exclude_archived=true&types=public_channel,private_channel";

/// Channel by channel, page by page, from some months back; the next time from an hour before this pass began. Channels that are
/// closed by then are passed over.
#[tokio::test]
async fn messages_are_fetched_channel_by_channel() {
    let answer = |oldest: &'static str| {
        move |asked: &Asked| match (asked.what.as_str(), history(asked).unwrap_or_default()) {
            (WHO, _) => who(ALL),
            (MINE, _) => listed("channels", &["C1", "C2", "C3"].map(entry), "more"),
            (mine, _) if mine.starts_with(MINE) => {
                assert!(mine.ends_with("&cursor=more"));
                listed("channels", &["C4", "C5"].map(entry), "")
            }
            (_, asked) => match asked.replace(&format!("&limit=200&oldest={oldest}"), "").as_str() {
                "C1" => listed("messages", &[message("1767323040.000200"), message("1767323030.000100")], "older"),
                "C1&cursor=older" => {
                    let mut stone = message("1767323020.000100");
                    stone["subtype"] = json!("tombstone");
                    listed("messages", &[stone, json!({"text": "without a time"})], "")
                }
                "C2" => no("not_in_channel"),
                "C3" => no("channel_not_found"),
                "C4" => no("is_archived"),
                "C5" => listed("messages", &[], ""),
                other => panic!("{other}"),
            },
        }
    };
    // 90 days before.
    let server = VendorServer::of("slack", answer("1759547045.000000")).await;
    let (pages, cursor) = pass(&server, "messages", None, TimeDelta::zero()).await;
    let first = vec!["T1:C1:1767323040.000200".to_owned(), "T1:C1:1767323030.000100".to_owned()];
    let none: Vec<String> = Vec::new();
    let gone = vec!["-T1:C1:1767323020.000100".to_owned()];
    let expected = [&none, &first, &gone, &none, &none, &none, &none, &none];
    assert_eq!(pages.iter().collect::<Vec<_>>(), expected);
    let server = VendorServer::of("slack", answer("1767319445.000000")).await;
    assert_eq!(pass(&server, "messages", Some(cursor), TimeDelta::days(2)).await.0, pages);
}

/// A message is the vendor's JSON with its channel; its time is that of its last edit.
#[tokio::test]
async fn a_message_says_its_channel() {
    let mut edited = message("1767323040.000200");
    edited["edited"] = json!({"user": "U1", "ts": "1767323045.000000"});
    let sent = edited.clone();
    let server = VendorServer::of("slack", move |asked| match asked.what.as_str() {
        WHO => who(ALL),
        MINE => listed("channels", &[entry("C1")], ""),
        _ => listed("messages", std::slice::from_ref(&sent), ""),
    })
    .await;
    let first = page(&server, "messages", None).await.unwrap();
    let found = page(&server, "messages", Some(&first.cursor)).await.unwrap();
    assert_eq!(found.records[0].changed_at, Some(now()));
    edited["channel"] = json!("C1");
    assert_eq!(found.records[0].state, RecordState::There(edited));
}

/// Only where a kind of channels can be both listed and read; where none can, that is a refusal and not an empty workspace.
#[tokio::test]
async fn both_scopes_are_needed_to_read_a_channel() {
    let server = VendorServer::of("slack", |asked| match asked.what.as_str() {
        WHO => who("channels:read,groups:history,groups:read"),
        what => {
            assert!(what.ends_with("&types=private_channel"), "{what}");
            listed("channels", &[], "")
        }
    })
    .await;
    let (pages, _) = pass(&server, "messages", None, TimeDelta::zero()).await;
    assert_eq!(pages, [Vec::<String>::new()]);
    let server = VendorServer::of("slack", |_| who("channels:history,users:read")).await;
    for stream in ["messages", "channels"] {
        let refused = page(&server, stream, None).await;
        assert!(matches!(refused, Err(StreamError::Call(CallError::Refused))), "{stream}: {refused:?}");
    }
}

/// Who is given fewer messages a page than were asked for is asked for fewer from then on.
#[tokio::test]
async fn an_app_that_gets_little_asks_for_little() {
    let server = VendorServer::of("slack", |asked| match asked.what.as_str() {
        WHO => who(ALL),
        MINE => listed("channels", &[entry("C1"), entry("C2")], ""),
        what if what.contains("limit=200") => no("invalid_limit"),
        what => {
            assert!(what.contains("limit=15"), "{what}");
            listed("messages", &[message("1767323040.000200")], "")
        }
    })
    .await;
    let (pages, cursor) = pass(&server, "messages", None, TimeDelta::zero()).await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [0, 0, 1, 1]);
    server.asked();
    pass(&server, "messages", Some(cursor), TimeDelta::hours(1)).await;
    assert_eq!(server.asked().iter().filter(|what| what.contains("limit=200")).count(), 0);
}

/// A cursor that has died begins a first pass anew, lest it is taken for whole; later it ends the run, which goes on at its channel.
#[tokio::test]
async fn a_dead_cursor_is_begun_again() {
    let server = VendorServer::of("slack", |asked| match asked.what.as_str() {
        WHO => who(ALL),
        MINE => listed("channels", &[entry("C1")], ""),
        what if what.contains("cursor=dead") => no("invalid_cursor"),
        _ => listed("messages", &[message("1767323040.000200")], "dead"),
    })
    .await;
    let channels = page(&server, "messages", None).await.unwrap();
    let first = page(&server, "messages", Some(&channels.cursor)).await.unwrap();
    let dead = page(&server, "messages", Some(&first.cursor)).await;
    assert!(matches!(dead, Err(StreamError::CursorExpired)));
    let mut later = first.cursor.clone();
    later["since"] = json!(now());
    let dead = page(&server, "messages", Some(&later)).await.unwrap();
    assert_eq!((ids(&dead).len(), dead.more), (0, false));
    server.asked();
    assert_eq!(page(&server, "messages", Some(&dead.cursor)).await.unwrap().records.len(), 1);
    let asked = server.asked();
    assert!(asked.len() == 1 && asked[0].contains("channel=C1") && !asked[0].contains("cursor"), "{asked:?}");
}

/// A pause is a pause, by its word or its status; a scope that is missing is a refusal, and a cursor of another version leads
/// nowhere.
#[tokio::test]
async fn what_is_no_page_is_an_error() {
    let limited = json!({"ok": false, "error": "ratelimited", "$headers": {"retry-after": "30"}});
    for status in [200, 429] {
        let limited = limited.clone();
        let server = VendorServer::of("slack", move |asked| match asked.what.as_str() {
            WHO => who(ALL),
            _ => (status, limited.clone()),
        })
        .await;
        let Err(StreamError::Call(CallError::RateLimited { retry_after })) = page(&server, "users", None).await else {
            panic!("{status} is a pause")
        };
        assert_eq!(retry_after, Some(TimeDelta::seconds(30)));
    }
    let server = VendorServer::of("slack", |asked| match asked.what.as_str() {
        WHO => who(ALL),
        what if what.contains("conversations.list") => (200, json!({"ok": true, "channels": "none"})),
        what if what.contains("users.list") => no("missing_scope"),
        _ => no("token_revoked"),
    })
    .await;
    let error = async |stream: &str| page(&server, stream, None).await.unwrap_err();
    assert!(matches!(error("channels").await, StreamError::Call(CallError::Unreadable)));
    assert!(matches!(error("users").await, StreamError::Call(CallError::Refused)));
    assert!(matches!(error("messages").await, StreamError::Call(CallError::Unauthorized)));
    assert!(matches!(error("files").await, StreamError::Call(CallError::NotFound)));
    for stream in ["channels", "messages", "users"] {
        let foreign = page(&server, stream, Some(&json!("dXNlcjpVMDYx"))).await;
        assert!(matches!(foreign, Err(StreamError::CursorExpired)), "{stream}");
    }
}
