//! Pages of Linear's streams.

use crate::{
    fixtures::{batch, vendor},
    vendor_server::{Asked, VendorServer},
    wire::ids,
};
use chrono::TimeDelta;
use providers::{CallError, PageAsk, RecordPage, RecordState, StreamError, Streams};
use serde_json::{Value, json};

fn streams() -> &'static dyn Streams {
    vendor("linear").vendor.streams().unwrap()
}

async fn page(server: &VendorServer, stream: &str, cursor: Option<&Value>) -> Result<RecordPage, StreamError> {
    page_later(server, stream, cursor, TimeDelta::zero()).await
}

async fn page_later(
    server: &VendorServer,
    stream: &str,
    cursor: Option<&Value>,
    later: TimeDelta,
) -> Result<RecordPage, StreamError> {
    let mut call = server.call();
    call.now += later;
    streams().page(call, PageAsk { stream, cursor, ids: &[], batch: batch(streams(), stream) }).await
}

fn nodes(list: &str, ids: &[&str], end: Option<&str>) -> (u16, Value) {
    let nodes: Vec<Value> =
        ids.iter().map(|id| json!({"id": id, "title": id, "updatedAt": "2026-01-02T03:04:05.678Z"})).collect();
    let info = json!({"hasNextPage": end.is_some(), "endCursor": end.or(ids.last().copied())});
    (200, json!({"data": {"organization": {"id": "o1"}, list: {"nodes": nodes, "pageInfo": info}}}))
}

fn refused(code: &str) -> Value {
    json!({"errors": [{"message": "m", "extensions": {"code": code, "type": "invalid input"}}]})
}

/// What a query asks for, between the braces of the list.
fn asked_for(asked: &Asked) -> (String, Value) {
    let query = asked.body["query"].as_str().unwrap();
    let (head, _) = query.split_once(" { nodes").unwrap();
    (head.to_owned(), asked.body["variables"].clone())
}

/// First all there is, in the order of its creation; then what was updated since ten minutes before that began, to the end at one
/// and the same time.
#[tokio::test]
async fn issues_are_listed_and_then_followed() {
    let server = VendorServer::of("linear", |asked| {
        let (head, variables) = asked_for(asked);
        let expected = "query All($after: String) { organization { id } issues(first: 50, after: $after, \
            includeArchived: true, orderBy: createdAt)";
        assert_eq!(head, expected);
        match variables {
            variables if variables == json!({"after": null}) => nodes("issues", &["3", "2"], Some("2")),
            variables if variables == json!({"after": "2"}) => nodes("issues", &["1"], None),
            other => panic!("{other}"),
        }
    })
    .await;
    let first = page(&server, "issues", None).await.unwrap();
    assert_eq!((ids(&first), first.more), (vec!["3".to_owned(), "2".to_owned()], true));
    let record =
        json!({"id": "3", "title": "3", "updatedAt": "2026-01-02T03:04:05.678Z", "organization": {"id": "o1"}});
    assert_eq!(first.records[0].state, RecordState::There(record));
    assert_eq!(first.records[0].changed_at, Some("2026-01-02T03:04:05.678Z".parse().unwrap()));
    let last = page_later(&server, "issues", Some(&first.cursor), TimeDelta::minutes(3)).await.unwrap();
    assert_eq!((ids(&last), last.more), (vec!["1".to_owned()], false));

    let server = VendorServer::of("linear", |asked| {
        let (head, variables) = asked_for(asked);
        let expected = "query Changes($after: String, $since: DateTimeOrDuration!) { organization { id } \
            issues(first: 50, after: $after, includeArchived: true, orderBy: updatedAt, filter: { updatedAt: { gte: $since } })";
        assert_eq!(head, expected);
        // The listing began at 03:04:05, and the pass before the next one a quarter of an hour later.
        match variables {
            variables if variables == json!({"after": null, "since": "2026-01-02T02:54:05.000Z"}) => {
                nodes("issues", &["4"], Some("4"))
            }
            variables if variables == json!({"after": "4", "since": "2026-01-02T02:54:05.000Z"}) => {
                nodes("issues", &[], None)
            }
            variables if variables == json!({"after": null, "since": "2026-01-02T03:09:05.000Z"}) => {
                nodes("issues", &[], None)
            }
            other => panic!("{other}"),
        }
    })
    .await;
    let quarter = TimeDelta::minutes(15);
    let changed = page_later(&server, "issues", Some(&last.cursor), quarter).await.unwrap();
    assert_eq!((ids(&changed), changed.more), (vec!["4".to_owned()], true));
    let end = page_later(&server, "issues", Some(&changed.cursor), quarter * 2).await.unwrap();
    assert!(!end.more);
    let next = page_later(&server, "issues", Some(&end.cursor), quarter * 2).await.unwrap();
    assert_eq!((ids(&next).len(), next.more), (0, false));
}

/// Each list by its own name. What is gone is looked for once a day where that is cheap, and within the week where it is not.
#[tokio::test]
async fn all_there_is_is_listed_anew_in_its_time() {
    for (stream, days) in [("issues", 5), ("projects", 1), ("teams", 1), ("comments", 5)] {
        let server = VendorServer::of("linear", move |asked| {
            assert!(asked.says(&format!(" {stream}(first: 50")), "{}", asked.body);
            nodes(stream, &["1"], None)
        })
        .await;
        let cursor = page(&server, stream, None).await.unwrap().cursor;
        let almost = TimeDelta::days(days) - TimeDelta::seconds(1);
        let changes = page_later(&server, stream, Some(&cursor), almost).await.unwrap();
        let later = page_later(&server, stream, Some(&changes.cursor), TimeDelta::days(days)).await;
        assert!(matches!(later, Err(StreamError::CursorExpired)), "{stream}");
    }
}

/// Fifty long texts can be more than is read: fewer are asked for at once.
#[tokio::test]
async fn a_page_that_is_too_large_is_asked_for_in_parts() {
    let server = VendorServer::of("linear", |asked| {
        if asked.says("first: 50") {
            let (status, mut answer) = nodes("issues", &["1"], None);
            answer["data"]["issues"]["nodes"][0]["description"] = json!("x".repeat(5 * 1024 * 1024));
            return (status, answer);
        }
        assert!(asked.says("first: 10"));
        nodes("issues", &["1"], None)
    })
    .await;
    assert_eq!(ids(&page(&server, "issues", None).await.unwrap()), ["1"]);
    let server = VendorServer::of("linear", |_| (200, json!({"data": null}))).await;
    let unreadable = page(&server, "issues", None).await;
    assert!(matches!(unreadable, Err(StreamError::Call(CallError::Unreadable))));
    assert_eq!(server.asked().len(), 3);
}

/// A cursor that is refused begins a listing anew, lest it is taken for whole; later it ends the run, and the pass begins again.
#[tokio::test]
async fn a_dead_cursor_is_begun_again() {
    let server = VendorServer::of("linear", |asked| match asked.body["variables"]["after"].as_str() {
        Some("dead") => (400, refused("INPUT_ERROR")),
        _ => nodes("issues", &["1"], Some("dead")),
    })
    .await;
    let first = page(&server, "issues", None).await.unwrap();
    let dead = page(&server, "issues", Some(&first.cursor)).await;
    assert!(matches!(dead, Err(StreamError::CursorExpired)));
    let mut later = first.cursor.clone();
    later["since"] = json!("2026-01-01T00:00:00Z");
    let dead = page(&server, "issues", Some(&later)).await.unwrap();
    assert_eq!((ids(&dead).len(), dead.more), (0, false));
    let again = page(&server, "issues", Some(&dead.cursor)).await.unwrap();
    assert_eq!((ids(&again), again.more), (vec!["1".to_owned()], true));
}

/// A limit is a 400 that names its reset in milliseconds; a query that is refused from the beginning is refused; and a cursor of
/// another version leads nowhere.
#[tokio::test]
async fn what_is_no_page_is_an_error() {
    let server = VendorServer::of("linear", |_| {
        let mut limited = refused("RATELIMITED");
        limited["$headers"] =
            json!({"x-ratelimit-complexity-remaining": "0", "x-ratelimit-complexity-reset": "1767323645000"});
        (400, limited)
    })
    .await;
    let limited = page(&server, "teams", None).await;
    let Err(StreamError::Call(CallError::RateLimited { retry_after })) = limited else { panic!("{limited:?}") };
    assert_eq!(retry_after, Some(TimeDelta::minutes(10)));
    let server = VendorServer::of("linear", |_| (400, refused("INPUT_ERROR"))).await;
    let refused = page(&server, "projects", None).await;
    assert!(matches!(refused, Err(StreamError::Call(CallError::Refused))), "{refused:?}");
    for stream in ["issues", "projects", "teams", "comments"] {
        let foreign = page(&server, stream, Some(&json!("2026-01-01"))).await;
        assert!(matches!(foreign, Err(StreamError::CursorExpired)), "{stream}");
    }
    let unknown = page(&server, "cycles", None).await;
    assert!(matches!(unknown, Err(StreamError::Call(CallError::NotFound))));
}
