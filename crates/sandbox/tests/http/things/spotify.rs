//! What a person saved, their playlists, and what was played.

use super::{connected, each};
use crate::connect::SPOTIFY;
use reqwest::StatusCode;
use serde_json::json;

const SCOPE: &str = "user-library-read playlist-read-private user-read-recently-played";
const PLAYED: &str = "/spotify/v1/me/player/recently-played";

/// The newest first, counted from the beginning, with the address of the next page.
#[tokio::test]
async fn saved_tracks_are_counted_from_the_newest() {
    let (sandbox, token) = connected(SPOTIFY, SCOPE).await;
    for (id, at) in [("old", "2026-01-01T00:00:00Z"), ("new", "2026-01-02T03:04:05Z"), ("mid", "2026-01-02T00:00:00Z")]
    {
        let item = json!({"track": {"name": id}});
        sandbox.change("spotify", json!({"kind": "track", "op": "create", "id": id, "at": at, "item": item})).await;
    }
    let first = sandbox.read("/spotify/v1/me/tracks?limit=2", &token).await.body;
    assert_eq!(each(&first["items"], "added_at"), ["2026-01-02T03:04:05Z", "2026-01-02T00:00:00Z"]);
    assert_eq!((&first["items"][0]["track"]["name"], &first["total"]), (&json!("new"), &json!(3)));
    let next = first["next"].as_str().unwrap().strip_prefix(&sandbox.running.url).unwrap();
    let last = sandbox.read(next, &token).await.body;
    assert_eq!((&last["items"][0]["track"]["id"], &last["next"]), (&json!("old"), &json!(null)));
    sandbox.change("spotify", json!({"kind": "track", "op": "delete", "id": "new"})).await;
    assert_eq!(sandbox.read("/spotify/v1/me/tracks", &token).await.body["total"], 2);
    let gone = json!({"kind": "track", "op": "create", "item": {"track": null}});
    sandbox.change("spotify", gone).await;
    assert_eq!(sandbox.read("/spotify/v1/me/tracks", &token).await.body["items"][0]["track"], json!(null));
    for query in ["limit=51", "limit=0", "offset=x"] {
        let refused = sandbox.read(&format!("/spotify/v1/me/tracks?{query}"), &token).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{query}");
    }
}

/// A playlist that changes has another snapshot.
#[tokio::test]
async fn a_playlist_has_snapshots() {
    let (sandbox, token) = connected(SPOTIFY, SCOPE).await;
    sandbox.change("spotify", json!({"kind": "playlist", "op": "create", "id": "p"})).await;
    let before = sandbox.read("/spotify/v1/me/playlists", &token).await.body["items"][0].clone();
    sandbox.change("spotify", json!({"kind": "playlist", "op": "update", "id": "p", "item": {"name": "Mix"}})).await;
    let after = sandbox.read("/spotify/v1/me/playlists", &token).await.body["items"][0].clone();
    assert_eq!((&before["owner"]["id"], &after["name"]), (&json!("sandbox-octo"), &json!("Mix")));
    assert_ne!(before["snapshot_id"], after["snapshot_id"]);
}

/// Fifty plays are known, each once, before or after a moment that is not included.
#[tokio::test]
async fn only_the_last_plays_are_known() {
    let (sandbox, token) = connected(SPOTIFY, SCOPE).await;
    let nothing = sandbox.read(PLAYED, &token).await.body;
    assert_eq!((&nothing["items"], &nothing["cursors"]), (&json!([]), &json!(null)));
    for (at, count) in [("2026-01-01T00:00:00Z", 1), ("2026-01-02T03:04:05.678Z", 1), ("2026-01-02T03:10:00Z", 49)] {
        sandbox.change("spotify", json!({"kind": "play", "op": "create", "at": at, "count": count})).await;
    }
    let all = sandbox.read(&format!("{PLAYED}?limit=50"), &token).await.body;
    assert_eq!((each(&all["items"], "played_at").len(), &all["next"]), (50, &json!(null)));
    assert_eq!(all["cursors"], json!({"after": "1767323400000", "before": "1767323045678"}));
    let count = async |query: &str| {
        each(&sandbox.read(&format!("{PLAYED}?limit=50&{query}"), &token).await.body["items"], "played_at").len()
    };
    assert_eq!((count("after=1767323045677").await, count("after=1767323045678").await), (50, 49));
    assert_eq!((count("before=1767323045678").await, count("before=1767323045679").await), (0, 1));
    let page = sandbox.read(&format!("{PLAYED}?limit=10"), &token).await.body;
    assert!(page["next"].as_str().unwrap().contains("before=1767323400000"));
    let both = sandbox.read(&format!("{PLAYED}?after=1&before=2"), &token).await;
    assert_eq!(both.status, StatusCode::BAD_REQUEST);
}

/// Each list has a scope of its own.
#[tokio::test]
async fn lists_ask_for_their_scopes() {
    let (sandbox, token) = connected(SPOTIFY, "user-read-private").await;
    for path in ["/spotify/v1/me/tracks", "/spotify/v1/me/playlists", PLAYED] {
        let refused = sandbox.read(path, &token).await;
        let said = json!({"error": {"status": 403, "message": "Insufficient client scope"}});
        assert_eq!((refused.status, refused.body), (StatusCode::FORBIDDEN, said), "{path}");
    }
}
