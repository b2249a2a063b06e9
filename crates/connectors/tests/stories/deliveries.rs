//! All real payloads, twice.

use crate::support::{Deliveries, Server, octokit_examples};
use serde_json::Value;
use std::{collections::BTreeMap, fmt::Write as _};
use uuid::Uuid;

async fn counts(server: &Server, sql: &'static str) -> BTreeMap<String, i64> {
    let rows: Vec<(String, i64)> = sqlx::query_as(sql).fetch_all(&server.database.pool).await.unwrap();
    rows.into_iter().collect()
}

/// Each of the 329 payloads that Octokit publishes is delivered to a tenant's address, then each once more: every answer
/// is a 2xx, every distinct body is stored once (five pairs are the same bytes), and the signals are these.
#[tokio::test]
async fn every_published_payload_is_taken_once() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let github = Deliveries::to(&server, &format!("/webhooks/github/{tenant}"));
    let examples = octokit_examples();
    assert_eq!(examples.len(), 329);
    for _ in 0..2 {
        for (number, (event, payload)) in examples.iter().enumerate() {
            let answer = github.send(event, &format!("delivery-{number}"), payload).await;
            assert_eq!(answer.status, 200, "{event}: {}", answer.text);
        }
        server.read_deliveries().await;
    }
    assert_eq!(server.database.count("deliveries").await, 324);
    let mut text = String::new();
    for (state, count) in counts(&server, "select state, count(*) from delivery_states group by 1").await {
        writeln!(text, "{count:>4} {state}").unwrap();
    }
    for (kind, count) in counts(&server, "select kind, count(*) from signals group by 1").await {
        writeln!(text, "{count:>4} {kind}").unwrap();
    }
    insta::assert_snapshot!(text, @r"
    138 done
    186 ignored
      3 ci_run_completed
     15 comment_created
      4 comment_deleted
      4 comment_updated
      2 discussion_created
      3 issue_assigned
      4 issue_created
      1 issue_deleted
      2 issue_labeled
      1 issue_reopened
     18 issue_updated
      2 pull_request_closed
      4 pull_request_opened
      2 pull_request_reopened
      3 pull_request_reviewed
     21 pull_request_updated
      2 push
      3 release_published
     11 repository_updated
      2 star_added
      5 tag_pushed
    ");
    let page =
        server.operator(tenant).get("/signals?limit=1&include_payload=true&kind=release_published").await.with(200);
    let signal = &page["signals"][0];
    assert!(signal["payload"]["release"]["id"].is_number() && signal["subject"]["type"] == "release", "{signal}");
    assert_eq!(signal["connection_id"], Value::Null);
}

/// A payload that comes again under another delivery id is the same delivery, and so is the same id with other bytes.
#[tokio::test]
async fn a_redelivery_is_stored_once() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let github = Deliveries::to(&server, &format!("/webhooks/github/{tenant}"));
    let (event, payload) = octokit_examples().into_iter().find(|(event, _)| event == "push").unwrap();
    let mut other = payload.clone();
    other["extra"] = true.into();
    github.send(&event, "one", &payload).await.with(200);
    server.read_deliveries().await;
    for (id, body) in [("one", &payload), ("two", &payload), ("one", &other)] {
        server.unchanged(github.send(&event, id, body)).await.with(200);
    }
    server.read_deliveries().await;
    assert_eq!((server.database.count("deliveries").await, server.database.count("signals").await), (1, 1));
    // Another tenant's address is another delivery.
    let neighbour = server.tenant().await;
    Deliveries::to(&server, &format!("/webhooks/github/{neighbour}")).send(&event, "one", &payload).await.with(200);
    server.read_deliveries().await;
    assert_eq!(server.database.count("signals").await, 2);
}

/// A tampered payload is refused and leaves nothing; the untampered one is taken.
#[tokio::test]
async fn a_tampered_payload_is_refused() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    for vendor in ["github", "linear"] {
        let order = |tamper: bool| {
            let payload = serde_json::json!({"type": "Other", "action": "create", "organizationId": "x"});
            let path = format!("/webhooks/{vendor}/{tenant}");
            serde_json::json!({"path": path, "event": "Other", "payload": payload, "tamper": tamper})
        };
        let refused = server.unchanged(server.sandbox.webhook(vendor, order(true))).await;
        assert_eq!(refused["status"], 401, "{refused}");
        assert_eq!(server.sandbox.webhook(vendor, order(false)).await["status"], 200);
    }
    assert_eq!(server.database.count("deliveries").await, 2);
}

/// An app-wide delivery finds every tenant with a connection it is about, once each, and nobody else.
#[tokio::test]
async fn an_app_wide_delivery_finds_its_tenants() {
    let server = Server::start().await;
    let (first, second, stranger) = (server.tenant().await, server.tenant().await, server.tenant().await);
    let ann = server.connected(first, "linear", "ann").await;
    let again = server.connected(second, "linear", "ann").await;
    server.connected(stranger, "linear", "bob").await;
    let send = async |organization: &Value| {
        let payload = serde_json::json!({
            "type": "Issue", "action": "create", "organizationId": organization, "createdAt": "2026-01-02T03:04:05Z",
            "data": {"id": Uuid::now_v7(), "identifier": "ENG-7", "title": "It broke"},
        });
        let order = serde_json::json!({"path": "/linear/events", "event": "Issue", "payload": payload});
        assert_eq!(server.sandbox.webhook("linear", order).await["status"], 200);
        server.read_deliveries().await;
    };
    send(&ann["org_id"]).await;
    send(&Value::from("an organisation nobody has connected")).await;
    for (tenant, connection) in [(first, &ann), (second, &again)] {
        let page = server.operator(tenant).get("/signals?kind=issue_created").await.with(200);
        let signals = page["signals"].as_array().unwrap();
        assert_eq!(signals.len(), 1);
        let signal = &signals[0];
        assert_eq!((&signal["connection_id"], &signal["kind"]), (&connection["id"], &Value::from("issue_created")));
        assert_eq!(signal["subject"]["number"], "ENG-7");
        assert_eq!(signal["occurred_at"], "2026-01-02T03:04:05Z");
    }
    let theirs = server.operator(stranger).get("/signals?kind=issue_created").await.with(200);
    assert_eq!(theirs["signals"], serde_json::json!([]));
    let states = counts(&server, "select state, count(*) from delivery_states group by 1").await;
    assert_eq!(states, BTreeMap::from([("done".to_owned(), 1), ("unclaimed".to_owned(), 1)]));
}

/// What becomes of deliveries of a kind is foreseen after the first: the database would refuse to write their rows again. One that turns
/// out otherwise says so all the same.
#[tokio::test]
async fn a_delivery_is_written_once() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let github = Deliveries::to(&server, &format!("/webhooks/github/{tenant}"));
    let (unknown, body) = ("nothing_we_know", |number: u32| serde_json::json!({ "number": number }));
    github.send(unknown, "first", &body(1)).await.with(200);
    server.read_deliveries().await;
    let refusing = "create function refuse() returns trigger language plpgsql as 'begin raise ''not again''; end'";
    server.database.execute(refusing).await;
    let each = "create trigger refuse before update on deliveries for each row execute function refuse()";
    server.database.execute(each).await;
    github.send(unknown, "second", &body(2)).await.with(200);
    let star = serde_json::json!({
        "action": "created", "starred_at": "2026-01-02T03:04:05Z", "sender": {"id": 1, "login": "ann"},
        "repository": {"id": 5, "full_name": "octo-org/hello"},
    });
    github.send("star", "third", &star).await.with(200);
    server.read_deliveries().await;
    let states = "select state, count(*) from delivery_states group by 1";
    assert_eq!(counts(&server, states).await, BTreeMap::from([("done".to_owned(), 1), ("ignored".to_owned(), 2)]));
    server.database.execute("drop trigger refuse on deliveries").await;
    // Foreseen wrongly.
    server.app.outlooks.note(("github", tenant, "star"), db::deliveries::Outcome::Unclaimed);
    let mut again = star;
    again["starred_at"] = "2026-01-03T03:04:05Z".into();
    github.send("star", "fourth", &again).await.with(200);
    server.read_deliveries().await;
    assert_eq!(counts(&server, states).await, BTreeMap::from([("done".to_owned(), 2), ("ignored".to_owned(), 2)]));
}
