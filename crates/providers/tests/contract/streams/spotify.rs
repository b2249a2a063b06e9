//! Lists that say nothing of what is gone, and plays.

use crate::wire::{Wire, ids};
use providers::{CallError, RecordPage, StreamError};
use serde_json::{Value, json};

fn track(id: &str) -> Value {
    json!({"added_at": "2026-01-02T03:00:00Z", "track": {"id": id, "uri": format!("spotify:track:{id}"), "name": id}})
}

fn listed(items: &[Value], total: u64, next: bool) -> Value {
    // Wherever this leads, it is not followed.
    let next = next.then_some("https://elsewhere.example/v1/me/tracks?offset=1");
    json!({"items": items, "total": total, "next": next})
}

const FIRST: &str = "GET /v1/me/tracks?limit=50&offset=0";

async fn page(wire: &Wire, cursor: Option<&Value>) -> RecordPage {
    wire.page("saved_tracks", cursor).await.unwrap()
}

/// A whole pass over two pages, of which the first entry has lost its track.
async fn known(wire: &Wire) -> Value {
    wire.expect(FIRST, 200, listed(&[json!({"added_at": null, "track": null}), track("a")], 3, true));
    let first = page(wire, None).await;
    assert_eq!((ids(&first), first.more), (vec!["a".to_owned()], true));
    wire.expect("GET /v1/me/tracks?offset=2", 200, listed(&[track("b")], 3, false));
    let last = page(wire, Some(&first.cursor)).await;
    assert_eq!((ids(&last), last.more), (vec!["b".to_owned()], false));
    last.cursor
}

/// What is new stands at the front, and one page tells.
#[tokio::test]
async fn a_new_track_takes_one_request() {
    let wire = Wire::of("spotify").await;
    let cursor = known(&wire).await;
    wire.expect(FIRST, 200, listed(&[track("c"), track("a")], 4, true));
    let added = page(&wire, Some(&cursor)).await;
    assert_eq!((ids(&added), added.more), (vec!["c".to_owned()], false));
    wire.expect(FIRST, 200, listed(&[track("c"), track("a")], 4, true));
    let same = page(&wire, Some(&added.cursor)).await;
    assert_eq!((ids(&same), same.more), (vec![], false));
}

/// A list that has shrunk, or has grown by less than was added, is read to its end, and where something is not in it, once more:
/// what is missing again is gone.
#[tokio::test]
async fn a_track_that_is_gone_is_found_by_a_whole_pass() {
    let wire = Wire::of("spotify").await;
    let cursor = known(&wire).await;
    wire.expect(FIRST, 200, listed(&[track("c"), track("a")], 3, true));
    let first = page(&wire, Some(&cursor)).await;
    assert!(first.more);
    wire.expect("GET /v1/me/tracks?offset=2", 200, listed(&[json!(null)], 3, false));
    let last = page(&wire, Some(&first.cursor)).await;
    assert_eq!((ids(&last), last.more), (vec![], true));
    wire.expect(FIRST, 200, listed(&[track("c"), track("a")], 3, true));
    let first = page(&wire, Some(&last.cursor)).await;
    assert!(first.more);
    wire.expect("GET /v1/me/tracks?offset=2", 200, listed(&[json!(null)], 3, false));
    let last = page(&wire, Some(&first.cursor)).await;
    assert_eq!((ids(&last), last.more), (vec!["-b".to_owned()], false));
    wire.expect(FIRST, 200, listed(&[track("c"), track("a")], 3, true));
    assert!(!page(&wire, Some(&last.cursor)).await.more, "what was found gone is not looked for again");
}

/// What is taken out during a pass moves another past it, which is not gone: the next time there is another pass.
#[tokio::test]
async fn a_list_that_moves_during_a_pass_loses_nothing() {
    let wire = Wire::of("spotify").await;
    let cursor = known(&wire).await;
    wire.expect(FIRST, 200, listed(&[track("c"), track("d")], 5, true));
    let first = page(&wire, Some(&cursor)).await;
    assert!(first.more);
    // `a` was at 2 and is at 1 now; `b` is still there.
    wire.expect("GET /v1/me/tracks?offset=2", 200, listed(&[track("b")], 4, false));
    let moved = page(&wire, Some(&first.cursor)).await;
    assert_eq!((ids(&moved), moved.more), (vec!["b".to_owned()], false));
    wire.expect(FIRST, 200, listed(&[track("d"), track("a")], 3, true));
    let again = page(&wire, Some(&moved.cursor)).await;
    assert!(again.more, "nothing is known of the list any more");
    wire.expect("GET /v1/me/tracks?offset=2", 200, listed(&[track("b")], 3, false));
    let missing = page(&wire, Some(&again.cursor)).await;
    assert_eq!((ids(&missing), missing.more), (vec!["b".to_owned()], true));
    // `c` has only been moved to the front; now `d` is missing, and that is for the next pass.
    wire.expect(FIRST, 200, listed(&[track("c"), track("a")], 3, true));
    let first = page(&wire, Some(&missing.cursor)).await;
    wire.expect("GET /v1/me/tracks?offset=2", 200, listed(&[track("b")], 3, false));
    let last = page(&wire, Some(&first.cursor)).await;
    assert_eq!((ids(&last), last.more), (vec!["b".to_owned()], false));
    wire.expect(FIRST, 200, listed(&[track("c"), track("a")], 3, true));
    assert!(page(&wire, Some(&last.cursor)).await.more);
}

/// A list too long to be known by heart is told of as far as its first page.
#[tokio::test]
async fn of_an_endless_list_the_first_page_is_looked_at() {
    let wire = Wire::of("spotify").await;
    wire.expect(FIRST, 200, listed(&[track("a")], 10_001, true));
    let first = page(&wire, None).await;
    // The test takes it to be all of it.
    wire.expect("GET /v1/me/tracks?offset=1", 200, listed(&[], 10_001, false));
    let last = page(&wire, Some(&first.cursor)).await;
    assert_eq!((ids(&last), last.more), (vec![], false));
    wire.expect(FIRST, 200, listed(&[track("b"), track("a")], 10_002, true));
    let again = page(&wire, Some(&last.cursor)).await;
    assert_eq!((ids(&again), again.more), (vec!["b".to_owned(), "a".to_owned()], false));
}

/// Every look at the playlists is a whole pass.
#[tokio::test]
async fn playlists_are_passed_through_each_time() {
    let wire = Wire::of("spotify").await;
    let line = "GET /v1/me/playlists?limit=50&offset=0";
    let list = |id: &str, snapshot: &str| json!({"id": id, "snapshot_id": snapshot});
    wire.expect(line, 200, listed(&[list("p", "1"), list("q", "1")], 2, false));
    let first = wire.page("playlists", None).await.unwrap();
    assert_eq!((ids(&first), first.more), (vec!["p".to_owned(), "q".to_owned()], false));
    wire.expect(line, 200, listed(&[list("q", "2")], 1, false));
    let second = wire.page("playlists", Some(&first.cursor)).await.unwrap();
    assert_eq!((ids(&second), second.more), (vec!["q".to_owned(), "-p".to_owned()], false));
}

/// Plays are asked for from the last one on; where there is none, the cursor stays.
#[tokio::test]
async fn plays_are_asked_for_from_the_last_one_on() {
    let wire = Wire::of("spotify").await;
    let play = |at: &str| json!({"played_at": at, "track": {"id": "a"}});
    let plays = [play("2026-01-02T03:04:05.678Z"), play("2026-01-02T03:00:00.000Z"), json!({"played_at": "?"})];
    let line = "GET /v1/me/player/recently-played?limit=50&!after";
    wire.expect(line, 200, json!({"items": plays, "next": "x", "cursors": {"after": "1767323045678"}}));
    let first = wire.page("recently_played", None).await.unwrap();
    assert_eq!((ids(&first).join(" "), first.more), ("a:1767323045678 a:1767322800000".to_owned(), false));
    let since = "GET /v1/me/player/recently-played?limit=50&after=1767323045678";
    wire.expect(since, 200, json!({"items": [], "next": null, "cursors": null}));
    let none = wire.page("recently_played", Some(&first.cursor)).await.unwrap();
    assert_eq!((ids(&none), &none.cursor), (vec![], &first.cursor));
    wire.expect(since, 403, json!({"error": {"status": 403, "message": "m"}}));
    let refused = wire.page("recently_played", Some(&none.cursor)).await;
    assert!(matches!(refused, Err(StreamError::Call(CallError::Refused))), "{refused:?}");
}
