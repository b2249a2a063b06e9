//! One who sends too much, or what nobody can read, and the others.

use crate::support::{Deliveries, Server};
use chrono::{DateTime, TimeDelta, Utc};
use db::deliveries::{Order, claim};
use futures_util::future::BoxFuture;
use http::HeaderMap;
use kernel::Parameters;
use oauth::Grant;
use outbound::Answer;
use providers::{
    Account, Arrival, Call, CallError, Endpoints, EndpointsError, Installations, Pool, Quota, ReadError, Reading,
    Refused, Registrar, Registry, Revocation, Streams, Unverified, VENDORS, Vendor, Verified, Webhooks, catalogue,
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, sync::Arc};
use url::Url;
use uuid::Uuid;

fn push(number: usize) -> Value {
    json!({
        "ref": "refs/heads/main", "after": format!("{number:040}"), "before": "0".repeat(40),
        "repository": {"id": 1, "full_name": "a/b"}, "head_commit": {"timestamp": "2026-01-01T00:00:00Z"}, "commits": [],
    })
}

/// Three hundred deliveries of one tenant are waiting when one of another arrives. The claim that goes by age would reach it
/// last; the one that goes round the lanes has it in the first batch, wherever it begins.
#[tokio::test]
async fn a_flood_does_not_hold_up_others() {
    let server = Server::start().await;
    let (loud, quiet) = (server.tenant().await, server.tenant().await);
    let flood = Deliveries::to(&server, &format!("/webhooks/github/{loud}"));
    for number in 0..300 {
        flood.send("push", &number.to_string(), &push(number)).await.with(200);
    }
    Deliveries::to(&server, &format!("/webhooks/github/{quiet}")).send("push", "late", &push(1)).await.with(200);
    let (mut connection, now) = (server.database.pool.acquire().await.unwrap(), server.clock.now());
    for start in [Uuid::nil(), Uuid::from_u128(u128::MAX / 2), Uuid::max()] {
        let claimed =
            claim(&mut connection, Uuid::now_v7(), now, TimeDelta::zero(), 50, Order::Lanes(start)).await.unwrap();
        assert!(claimed.iter().any(|one| one.tenant_id == quiet), "from {start}: not among {}", claimed.len());
        server.database.execute("update delivery_queue set claimed_by = null, claimed_until = null").await;
    }
    let oldest = claim(&mut connection, Uuid::now_v7(), now, TimeDelta::zero(), 50, Order::Oldest).await.unwrap();
    assert!(oldest.iter().all(|one| one.tenant_id == loud));
}

/// A reader with a fault in it: what no fixture makes ours do.
struct Bomb;

impl Webhooks for Bomb {
    fn is_mere_look(&self, _: &Unverified<'_>) -> bool {
        false
    }

    fn arrive(&self, request: &Verified, now: DateTime<Utc>) -> Result<Arrival, Refused> {
        github().vendor.webhooks().unwrap().arrive(request, now)
    }

    fn read(&self, delivery: &Verified) -> Result<Reading, ReadError> {
        assert!(!String::from_utf8_lossy(delivery.body()).contains("bomb"), "planted");
        github().vendor.webhooks().unwrap().read(delivery)
    }

    fn registrar(&self) -> Option<&dyn Registrar> {
        None
    }
}

fn github() -> &'static providers::Provider {
    VENDORS.iter().find(|vendor| vendor.slug == "github").unwrap()
}

impl Vendor for Bomb {
    fn endpoints(&self, base: Option<&Url>, parameters: &Parameters) -> Result<Endpoints, EndpointsError> {
        github().vendor.endpoints(base, parameters)
    }

    fn read_redirect(&self, query: &Parameters) -> Parameters {
        github().vendor.read_redirect(query)
    }

    fn read_token_answer(&self, answer: Value) -> Value {
        github().vendor.read_token_answer(answer)
    }

    fn identify<'a>(&'a self, call: Call<'a>, grant: &'a Grant) -> BoxFuture<'a, Result<Account, CallError>> {
        github().vendor.identify(call, grant)
    }

    fn revoke<'a>(&'a self, call: Call<'a>, grant: &'a Grant) -> BoxFuture<'a, Result<Revocation, CallError>> {
        github().vendor.revoke(call, grant)
    }

    fn pause(&self, answer: &Answer, now: DateTime<Utc>) -> Option<TimeDelta> {
        github().vendor.pause(answer, now)
    }

    fn pool(&self, headers: &HeaderMap) -> Pool {
        github().vendor.pool(headers)
    }

    fn quota(&self, headers: &HeaderMap, now: DateTime<Utc>) -> Option<Quota> {
        github().vendor.quota(headers, now)
    }

    fn webhooks(&self) -> Option<&dyn Webhooks> {
        Some(self)
    }

    fn streams(&self) -> Option<&dyn Streams> {
        None
    }

    fn installations(&self) -> Option<&dyn Installations> {
        None
    }
}

/// An entry of a catalogue that is received and signed as GitHub is, and read by a reader that panics.
fn exploding(server: &Server) -> Registry {
    let own = r#"
[[provider]]
slug = "exploding"
name = "Exploding"
kind = "api_key"
verified = false
probe_url = "https://api.exploding.example/me"
api_base = "https://api.exploding.example"
placement = { scheme = "Bearer" }
"#;
    let read = catalogue::read("own.toml", own, &BTreeSet::new()).unwrap();
    let mut provider = catalogue::provider(read.entries["exploding"].clone());
    provider.webhook.clone_from(&github().webhook);
    provider.vendor = Box::new(Bomb);
    let settings = server.app.providers.get().settings("github").unwrap().as_ref().clone();
    let known = server.app.providers.get().all().cloned().chain([Arc::new(provider)]).collect::<Vec<_>>();
    Registry::new(known, [("exploding".to_owned(), settings)], [], [])
}

/// What makes its reader panic is tried its ten times and ends as a dead letter that says so; what lies before and behind it
/// in the same batch does not wait.
#[tokio::test]
async fn a_reader_that_panics_harms_its_delivery_alone() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    server.app.providers.replace(exploding(&server));
    let hooks = Deliveries::to(&server, &format!("/webhooks/exploding/{tenant}"));
    let mut bomb = push(2);
    bomb["bomb"] = true.into();
    for (id, body) in [("before", push(1)), ("bomb", bomb), ("after", push(3))] {
        hooks.send("push", id, &body).await.with(200);
    }
    server.read_deliveries().await;
    assert_eq!(server.database.count("signals").await, 2);
    for _ in 0..10 {
        server.clock.advance(TimeDelta::hours(2));
        server.read_deliveries().await;
    }
    let row: (String, i32, String) =
        sqlx::query_as("select state, attempts, error from delivery_states where delivery_id = 'bomb'")
            .fetch_one(&server.database.pool)
            .await
            .unwrap();
    assert_eq!(row, ("dead".to_owned(), 10, "the reader panicked".to_owned()));
    assert_eq!(server.database.count("signals").await, 2);
}

/// Refused webhooks are counted by provider, reason and hour, and leave nothing else.
#[tokio::test]
async fn a_refusal_leaves_a_count() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let order = |tamper: bool| json!({"path": format!("/webhooks/github/{tenant}"), "event": "push", "payload": push(1), "tamper": tamper});
    for _ in 0..3 {
        let refused = server.unchanged(server.sandbox.webhook("github", order(true))).await;
        assert_eq!(refused["status"], 401, "{refused}");
        let problem: Value = serde_json::from_str(refused["body"].as_str().unwrap()).unwrap();
        assert_eq!((&problem["code"], &problem["reason"]), (&json!("SIGNATURE_INVALID"), &json!("wrong_signature")));
    }
    server.anonymous().post("/webhooks/github", &json!({})).await.problem();
    server.app.refusals.flush(&server.database.pool).await.unwrap();
    server.app.refusals.flush(&server.database.pool).await.unwrap();
    let counted: Vec<(String, String, i64)> =
        sqlx::query_as("select provider, reason, count from refused_webhooks order by reason")
            .fetch_all(&server.database.pool)
            .await
            .unwrap();
    let line = |reason: &str, count| ("github".to_owned(), reason.to_owned(), count);
    assert_eq!(counted, [line("missing_signature", 1), line("wrong_signature", 3)]);
    assert_eq!(server.database.count("deliveries").await, 0);
}
