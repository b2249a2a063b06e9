//! Calendar, files and mail, by schedule and on demand.

use super::{CALENDAR, google, records};
use crate::support::Server;
use chrono::TimeDelta;
use serde_json::json;
use std::collections::BTreeSet;

fn sorted(told: Vec<(String, String)>) -> BTreeSet<(String, String)> {
    let count = told.len();
    let set: BTreeSet<_> = told.into_iter().collect();
    assert_eq!(set.len(), count, "something was told twice");
    set
}

/// What was there before the connection is no news. After that each change is told once, by the schedule alone, and what has
/// not changed is not written.
#[tokio::test]
async fn events_are_told_when_they_change() {
    let server = Server::start().await;
    let there = server.sandbox.change("google", "ann", json!({"kind": "calendar", "op": "create", "count": 3})).await;
    let (tenant, connection) = google(&server, CALENDAR).await;
    server.sync().await;
    assert_eq!(server.told(tenant).await, []);
    let stream = server.stream(tenant, &connection, "calendar_events").await;
    assert_eq!((&stream["phase"], &stream["attempts"], &stream["error"]), (&json!("changes"), &json!(0), &json!(null)));
    assert!(stream["baseline_at"].is_string() && stream["finished_at"].is_string() && stream["every_seconds"] == 900);
    let before = records(&server).await;
    assert_eq!(before.len(), 3);

    let new = server.sandbox.change("google", "ann", json!({"kind": "calendar", "op": "create"})).await;
    let renamed = json!({"kind": "calendar", "op": "update", "id": there[0], "item": {"summary": "Lunch"}});
    server.sandbox.change("google", "ann", renamed).await;
    server.sandbox.change("google", "ann", json!({"kind": "calendar", "op": "delete", "id": there[1]})).await;
    // It is not time yet.
    server.sync().await;
    assert_eq!(server.told(tenant).await, []);
    server.advance(TimeDelta::minutes(17)).await;
    server.sync().await;
    let told = server.told(tenant).await;
    let of = |kind: &str, id: &str| (kind.to_owned(), id.to_owned());
    let expected = [of("event_created", &new[0]), of("event_updated", &there[0]), of("event_cancelled", &there[1])];
    assert_eq!(sorted(told.clone()), BTreeSet::from(expected));
    let after = records(&server).await;
    let of_third = |records: &[(String, bool, String)]| records.iter().find(|one| one.0 == there[2]).cloned();
    assert_eq!(of_third(&before), of_third(&after));

    // Once more, and nothing has changed: nothing is written.
    server.sync_now(tenant, &connection).await;
    assert_eq!((records(&server).await, server.told(tenant).await), (after, told));
    let page = server.operator(tenant).get("/signals?kind=event_updated&include_payload=true").await.with(200);
    let signal = &page["signals"][0];
    assert_eq!((&signal["connection_id"], &signal["changes"]), (&connection["id"], &json!(["summary"])));
    assert_eq!((&signal["subject"]["title"], &signal["payload"]["summary"]), (&json!("Lunch"), &json!("Lunch")));
    let page = server.operator(tenant).get("/signals?kind=event_cancelled&include_payload=true").await.with(200);
    assert_eq!(page["signals"][0]["payload"], json!({}));
}

/// Files and mail, each by the stream of its own; what is only marked as read is told as a change.
#[tokio::test]
async fn files_and_mail_are_told() {
    let server = Server::start().await;
    let google = async |order| server.sandbox.change("google", "ann", order).await;
    let files = google(json!({"kind": "drive", "op": "create", "count": 3})).await;
    google(json!({"kind": "mail", "op": "create", "item": {"subject": "Old"}})).await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "google", "ann").await;
    server.sync().await;
    assert_eq!(server.told(tenant).await, []);
    let file = google(json!({"kind": "drive", "op": "create"})).await;
    google(json!({"kind": "drive", "op": "update", "id": files[0], "item": {"name": "Plan"}})).await;
    google(json!({"kind": "drive", "op": "update", "id": files[1], "item": {"trashed": true}})).await;
    google(json!({"kind": "drive", "op": "delete", "id": files[2]})).await;
    let mail =
        google(json!({"kind": "mail", "op": "create", "item": {"subject": "New", "labelIds": ["INBOX", "UNREAD"]}}))
            .await;
    server.sync_now(tenant, &connection).await;
    let mut expected = vec![
        ("file_created", &file[0]),
        ("file_updated", &files[0]),
        ("file_trashed", &files[1]),
        ("file_deleted", &files[2]),
        ("email_received", &mail[0]),
    ];
    let owned = |pairs: &[(&str, &String)]| -> BTreeSet<(String, String)> {
        pairs.iter().map(|(kind, id)| ((*kind).to_owned(), (*id).clone())).collect()
    };
    assert_eq!(sorted(server.told(tenant).await), owned(&expected));
    google(json!({"kind": "mail", "op": "update", "id": mail[0], "item": {"labelIds": ["INBOX"]}})).await;
    server.sync_now(tenant, &connection).await;
    expected.push(("email_updated", &mail[0]));
    assert_eq!(sorted(server.told(tenant).await), owned(&expected));
}

/// What a person listened to and saved is looked at each half hour or hour.
#[tokio::test]
async fn a_library_that_pushes_nothing_is_polled() {
    let server = Server::start().await;
    let spotify = async |order| server.sandbox.change("spotify", "ann", order).await;
    let saved = spotify(json!({"kind": "track", "op": "create", "count": 2})).await;
    let list = spotify(json!({"kind": "playlist", "op": "create"})).await;
    spotify(json!({"kind": "play", "op": "create"})).await;
    let tenant = server.tenant().await;
    server.connected(tenant, "spotify", "ann").await;
    server.sync().await;
    assert_eq!(server.told(tenant).await, []);
    server.advance(TimeDelta::minutes(10)).await;
    let new = spotify(json!({"kind": "track", "op": "create"})).await;
    spotify(json!({"kind": "track", "op": "delete", "id": saved[0]})).await;
    spotify(json!({"kind": "playlist", "op": "update", "id": list[0], "item": {"name": "Mix"}})).await;
    spotify(json!({"kind": "play", "op": "create"})).await;
    let kinds = async || -> Vec<String> {
        let mut kinds: Vec<String> = server.told(tenant).await.into_iter().map(|(kind, _)| kind).collect();
        kinds.sort();
        kinds
    };
    server.advance(TimeDelta::minutes(24)).await;
    server.sync().await;
    assert_eq!(kinds().await, ["track_played"]);
    server.advance(TimeDelta::minutes(33)).await;
    server.sync().await;
    assert_eq!(kinds().await, ["playlist_updated", "track_played", "track_saved", "track_unsaved"]);
    let told = server.told(tenant).await;
    assert!(told.contains(&("track_saved".to_owned(), new[0].clone())), "{told:?}");
}
