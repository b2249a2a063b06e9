//! Channels and watches.

use crate::{
    fixtures::{now, vendor},
    wire::Wire,
};
use chrono::{DateTime, TimeDelta};
use kernel::Secret;
use providers::{CallError, Order, Registered, Registrar, Renewal, Standing};
use serde_json::{Value, json};
use url::Url;

fn hooks() -> &'static dyn Registrar {
    vendor("google").vendor.webhooks().unwrap().registrar().unwrap()
}

async fn order(wire: &Wire, target: &str) -> Result<Registered, CallError> {
    let callback = Url::parse("https://connectors.example.com/webhooks/google/c1").unwrap();
    let secret = Secret::from("token-1");
    hooks().register(wire.call(), Order { target, callback: &callback, id: "c1", secret: &secret }).await
}

async fn wanted(wire: &Wire, scopes: &[&str]) -> Vec<String> {
    let scopes: Vec<String> = scopes.iter().map(|scope| format!("https://www.googleapis.com/auth/{scope}")).collect();
    let watches = hooks().wanted(wire.call(), &scopes).await.unwrap();
    watches.into_iter().map(|watch| watch.target).collect()
}

/// A hook for each API whose data the grant opens, and for Gmail only where there is a topic.
#[tokio::test]
async fn hooks_are_wanted_as_far_as_scopes_reach() {
    let wire = Wire::of("google").await;
    let all = ["calendar.readonly", "drive.metadata.readonly", "gmail.readonly"];
    assert_eq!(wanted(&wire, &all).await, ["calendar", "drive", "gmail"]);
    assert_eq!(wanted(&wire, &all[..1]).await, ["calendar"]);
    assert_eq!(wanted(&wire, &["calendar.events", "drive"]).await, ["calendar", "drive"]);
    assert_eq!(wanted(&wire, &["gmail.send", "userinfo.email"]).await, [""; 0]);
    let wire = wire.without_push();
    assert_eq!(wanted(&wire, &all).await, ["calendar", "drive"]);
}

/// A channel is opened under our id, with our token, for a week less an hour; how long it lives is what Google says.
#[tokio::test]
async fn a_calendar_channel_is_opened() {
    let wire = Wire::of("google").await;
    let watch = "POST /calendar/v3/calendars/primary/events/watch";
    wire.expect(watch, 200, json!({"id": "c1", "resourceId": "r1", "expiration": "1767927845000"}));
    let registered = order(&wire, "calendar").await.unwrap();
    let expires_at = DateTime::from_timestamp(1_767_927_845, 0);
    let expected = Registered { external_id: "c1".to_owned(), resource: Some("r1".to_owned()), expires_at };
    assert_eq!(registered, expected);
    let asked = json!({"id": "c1", "type": "web_hook", "token": "token-1",
        "address": "https://connectors.example.com/webhooks/google/c1",
        "expiration": (now() + TimeDelta::days(7) - TimeDelta::hours(1)).timestamp_millis()});
    assert_eq!(wire.asked()[0].body, asked);
}

/// Drive's channel watches all changes, and begins at a token.
#[tokio::test]
async fn a_drive_channel_is_opened_at_a_token() {
    let wire = Wire::of("google").await;
    wire.expect("GET /drive/v3/changes/startPageToken", 200, json!({"startPageToken": "7"}));
    let watch = "POST /drive/v3/changes/watch?pageToken=7&supportsAllDrives=true&includeItemsFromAllDrives=true";
    wire.expect(watch, 200, json!({"id": "c1", "resourceId": "r2", "expiration": 1_767_927_845_000_u64}));
    assert_eq!(order(&wire, "drive").await.unwrap().resource.as_deref(), Some("r2"));
    wire.asked();
}

/// An answer that was lost: Google has the channel, and it is replaced within the hour by one that can be stopped.
#[tokio::test]
async fn a_channel_that_exists_already_is_ours() {
    let wire = Wire::of("google").await;
    let watch = "POST /calendar/v3/calendars/primary/events/watch";
    let refused = |reason: &str| json!({"error": {"code": 400, "errors": [{"reason": reason}]}});
    wire.expect(watch, 400, refused("channelIdNotUnique"));
    let expires_at = Some(now() + TimeDelta::hours(1));
    let expected = Registered { external_id: "c1".to_owned(), resource: None, expires_at };
    assert_eq!(order(&wire, "calendar").await.unwrap(), expected);
    for (status, answer) in [(400, refused("push.webhookUrlNotHttps")), (403, json!({})), (200, json!({"id": "c1"}))] {
        wire.expect(watch, status, answer);
        assert!(order(&wire, "calendar").await.is_err(), "{status}");
    }
    assert!(matches!(order(&wire, "contacts").await, Err(CallError::NotFound)));
}

/// A mailbox is known by its address in lower case, watched through the operator's topic, and watched again to stay so.
#[tokio::test]
async fn a_mailbox_is_watched_and_watched_again() {
    let wire = Wire::of("google").await;
    wire.expect("GET /gmail/v1/users/me/profile", 200, json!({"emailAddress": "Ann@Example.com"}));
    let watch = "POST /gmail/v1/users/me/watch";
    wire.expect(watch, 200, json!({"historyId": "1", "expiration": "1767927845000"}));
    let registered = order(&wire, "gmail").await.unwrap();
    assert_eq!(registered.external_id, "ann@example.com");
    assert_eq!(wire.asked()[1].body, json!({"topicName": "projects/garden/topics/mail"}));
    wire.expect(watch, 200, json!({"historyId": "2", "expiration": "1768014245000"}));
    let extended = Renewal::Extended { expires_at: DateTime::from_timestamp(1_768_014_245, 0) };
    assert_eq!(hooks().renew(wire.call(), &registered).await.unwrap(), extended);
    assert_eq!(hooks().look(wire.call(), "gmail", &registered).await.unwrap(), Standing::Unknown);
    wire.expect("POST /gmail/v1/users/me/stop", 204, Value::Null);
    hooks().remove(wire.call(), "gmail", &registered).await.unwrap();
    wire.asked();
}

/// Channels are replaced, not renewed, and stopped by what Google calls what they watch.
#[tokio::test]
async fn a_channel_is_replaced_and_stopped() {
    let wire = Wire::of("google").await;
    let hook = Registered { external_id: "c1".to_owned(), resource: Some("r1".to_owned()), expires_at: Some(now()) };
    assert_eq!(hooks().renew(wire.call(), &hook).await.unwrap(), Renewal::Replace);
    assert_eq!(hooks().look(wire.call(), "drive", &hook).await.unwrap(), Standing::Unknown);
    for (target, line) in [("calendar", "POST /calendar/v3/channels/stop"), ("drive", "POST /drive/v3/channels/stop")] {
        wire.expect(line, 204, Value::Null).expect(line, 404, json!({}));
        hooks().remove(wire.call(), target, &hook).await.unwrap();
        hooks().remove(wire.call(), target, &hook).await.unwrap();
        assert_eq!(wire.asked()[0].body, json!({"id": "c1", "resourceId": "r1"}));
    }
    wire.expect("POST /drive/v3/channels/stop", 403, json!({}));
    assert!(hooks().remove(wire.call(), "drive", &hook).await.is_err());
    // Nobody can be asked to stop what has no name there.
    hooks().remove(wire.call(), "drive", &Registered { resource: None, ..hook }).await.unwrap();
}
