//! Signals go where a tenant wants them.

use crate::support::{Deliveries, Prescribed, Receiver, Server, octokit_examples};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::TimeDelta;
use kernel::{SignalKind, UserId};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;
use vault::Keyring;

/// As the operator of these tests allows it: the receivers stand on this machine.
const HERE: (&str, &str) = ("SUBSCRIPTIONS_ALLOW_PRIVATE_HOSTS", "127.0.0.1");

fn secret(name: &str) -> String {
    format!("whsec_{}", STANDARD.encode(format!("zXcanaryXz-secret-{name:0>20}")))
}

async fn shown(server: &Server, tenant: Uuid, subscription: &Value) -> Value {
    server.operator(tenant).get(&format!("/subscriptions/{}", subscription["id"].as_str().unwrap())).await.with(200)
}

/// Two processes forward at the same time: every signal arrives once, signed, under an id of its own, with all that GET
/// /signals says of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_signal_arrives_once_and_signed() {
    let server = Server::with(&[HERE]).await;
    let (second, _) = server.second().await;
    let (tenant, other) = (server.tenant().await, server.tenant().await);
    let receiver = Receiver::start().await;
    server.signal(tenant, "linear", SignalKind::Push, "before").await;
    let wish = json!({ "url": receiver.url, "secret": secret("ours"), "description": "the warehouse" });
    let subscription = server.subscribed(tenant, wish).await;
    assert_eq!((&subscription["secret"], &subscription["state"]), (&Value::Null, &json!("active")));
    let github = Deliveries::to(&server, &format!("/webhooks/github/{tenant}"));
    for (number, (event, payload)) in octokit_examples().iter().enumerate().filter(|(_, (event, _))| event == "issues")
    {
        github.send(event, &number.to_string(), payload).await.with(200);
    }
    server.signal(other, "linear", SignalKind::Push, "another tenant's").await;
    server.read_deliveries().await;
    let forward = connectors::workers::forward_signals;
    let (one, two) = tokio::join!(forward(&server.app), forward(&second));
    one.and(two).unwrap();
    server.forward().await;
    let came = receiver.received();
    let page = server.operator(tenant).get("/signals?include_payload=true&limit=100&provider=github").await.with(200);
    let signals: BTreeMap<&str, &Value> =
        page["signals"].as_array().unwrap().iter().map(|one| (one["id"].as_str().unwrap(), one)).collect();
    assert!(signals.len() > 10 && page["next_cursor"].is_null());
    assert_eq!(came.len(), signals.len());
    let ids: BTreeSet<&str> = came.iter().map(crate::support::Received::id).collect();
    assert_eq!(ids.len(), came.len());
    for one in &came {
        let body = one.json();
        let signal = signals[body["data"]["id"].as_str().unwrap()];
        assert_eq!(body, json!({ "type": signal["kind"], "timestamp": signal["occurred_at"], "data": signal }));
        assert_eq!((one.signed_with(&secret("ours")), one.signed_with(&secret("other"))), (1, 0));
        assert_eq!((one.header("content-type"), one.path.as_str()), ("application/json", "/hook"));
    }
    let after = shown(&server, tenant, &subscription).await;
    assert_eq!((&after["backlog"], &after["dead"], &after["last_error"]), (&json!(0), &json!(0), &Value::Null));
    assert!(after["last_success_at"].is_string());
    // What arrived is forgotten after a week, and never sent again.
    server.clock.advance(TimeDelta::days(8));
    connectors::workers::sweep(&server.app).await.unwrap();
    assert_eq!(server.database.count("forwards").await, 0);
    server.forward().await;
    assert_eq!(receiver.received().len(), came.len());
}

/// Filters choose; a subscription that is put again takes the new ones from there on and keeps its secret.
#[tokio::test]
async fn filters_choose_what_is_forwarded() {
    let server = Server::with(&[HERE]).await;
    let tenant = server.tenant().await;
    let receiver = Receiver::start().await;
    let wish = json!({ "url": receiver.url, "kinds": ["push"], "providers": ["linear"] });
    let first = server.operator(tenant).put_json("/subscriptions", &wish).await.with(201);
    let secret = first["secret"].as_str().unwrap().to_owned();
    for (provider, kind, name) in [
        ("linear", SignalKind::Push, "yes"),
        ("github", SignalKind::Push, "no"),
        ("linear", SignalKind::IssueCreated, "no"),
    ] {
        server.signal(tenant, provider, kind, name).await;
    }
    server.forward().await;
    let again = server.operator(tenant).put_json("/subscriptions", &json!({ "url": receiver.url })).await.with(200);
    assert_eq!((&again["id"], &again["secret"], &again["kinds"]), (&first["id"], &Value::Null, &Value::Null));
    server.signal(tenant, "github", SignalKind::Push, "yes").await;
    server.forward().await;
    let came = receiver.received();
    let titles: Vec<Value> = came.iter().map(|one| one.json()["data"]["subject"]["title"].clone()).collect();
    assert_eq!(titles, ["yes", "yes"]);
    assert!(came.iter().all(|one| one.signed_with(&secret) == 1));
    let id = first["id"].as_str().unwrap();
    server.operator(tenant).delete(&format!("/subscriptions/{id}")).await;
    server.signal(tenant, "github", SignalKind::Push, "no").await;
    server.forward().await;
    assert_eq!(receiver.received().len(), 2);
    assert_eq!(server.database.count("forwards").await, 0);
}

/// A failure is tried again after its pause, or after the one that the other side asks for, under the same id.
#[tokio::test]
async fn a_failure_is_tried_again() {
    let server = Server::with(&[HERE]).await;
    let tenant = server.tenant().await;
    let receiver = Receiver::start().await;
    let away: Prescribed = (307, Some(("location", "http://127.0.0.1:1/".to_owned())));
    receiver.answers([(500, None), (503, Some(("retry-after", "3600".to_owned()))), away]);
    let subscription = server.subscribed_to(tenant, &receiver.url).await;
    server.signal(tenant, "linear", SignalKind::Push, "one").await;
    for (attempt, pause) in [(1, 6), (2, 3600), (3, 33 * 60), (4, 0)] {
        server.forward().await;
        assert_eq!(receiver.received().len(), attempt);
        if pause > 0 {
            let now = shown(&server, tenant, &subscription).await;
            assert_eq!((&now["backlog"], now["failing_since"].is_string()), (&json!(1), true), "{now}");
            server.clock.advance(TimeDelta::seconds(pause - 2) * 10 / 11);
            server.forward().await;
            assert_eq!(receiver.received().len(), attempt, "it is not due yet");
            server.clock.advance(TimeDelta::seconds(pause));
        }
    }
    let ids: BTreeSet<String> = receiver.received().iter().map(|one| one.id().to_owned()).collect();
    assert_eq!(ids.len(), 1);
    let after = shown(&server, tenant, &subscription).await;
    assert_eq!((&after["backlog"], &after["failing_since"]), (&json!(0), &Value::Null));
    assert_eq!(after["last_error"], "the answer was 307");
}

/// Three days without a success: the signal is given up and the subscription disabled. What comes meanwhile waits. Put again
/// it goes on, and what was given up goes out by a replay, under the id it had.
#[tokio::test]
async fn three_days_of_failures_disable_it() {
    let server = Server::with(&[HERE]).await;
    let tenant = server.tenant().await;
    let operator = server.operator(tenant);
    let receiver = Receiver::start().await;
    receiver.answers((0..10).map(|_| (500, None)));
    let subscription = server.subscribed_to(tenant, &receiver.url).await;
    let path = format!("/subscriptions/{}", subscription["id"].as_str().unwrap());
    server.signal(tenant, "linear", SignalKind::Push, "one").await;
    let began = server.clock.now();
    for attempt in 1..=10 {
        server.forward().await;
        assert_eq!(receiver.received().len(), attempt);
        let next: chrono::DateTime<chrono::Utc> =
            sqlx::query_scalar("select next_attempt_at from forwards").fetch_one(&server.database.pool).await.unwrap();
        let now = shown(&server, tenant, &subscription).await;
        assert_eq!((now["state"] == "disabled", now["dead"] == 1), (attempt == 10, attempt == 10), "{attempt}: {now}");
        if attempt < 10 {
            server.clock.advance(next - server.clock.now() + TimeDelta::seconds(1));
        }
    }
    let took = server.clock.now() - began;
    assert!(took >= TimeDelta::hours(71) && took < TimeDelta::hours(80), "{took}");
    let given_up = shown(&server, tenant, &subscription).await;
    assert_eq!((&given_up["disabled_reason"], &given_up["backlog"]), (&json!("failing"), &json!(0)));
    let letter = &given_up["dead_letters"][0];
    assert_eq!((&letter["error"], &letter["attempts"]), (&json!("the answer was 500"), &json!(10)));
    assert_eq!(letter["webhook_id"], receiver.received()[0].id());
    server.signal(tenant, "linear", SignalKind::Push, "meanwhile").await;
    server.forward().await;
    assert_eq!(receiver.received().len(), 10);
    assert_eq!(shown(&server, tenant, &subscription).await["backlog"], 1);
    assert_eq!(operator.put_json("/subscriptions", &json!({ "url": receiver.url })).await.with(200)["state"], "active");
    server.forward().await;
    let replayed = operator.post_nothing(&format!("{path}/replay")).await.with(202);
    assert_eq!(replayed, json!({ "count": 1, "more": false }));
    server.forward().await;
    let came = receiver.received();
    let titles: Vec<Value> = came[10..].iter().map(|one| one.json()["data"]["subject"]["title"].clone()).collect();
    assert_eq!(titles, ["meanwhile", "one"]);
    assert_eq!(came[11].id(), came[0].id());
    assert_eq!(shown(&server, tenant, &subscription).await["dead"], 0);
}

/// Who answers that they are gone is asked nothing more.
#[tokio::test]
async fn a_receiver_that_is_gone_is_left_alone() {
    let server = Server::with(&[HERE]).await;
    let tenant = server.tenant().await;
    let receiver = Receiver::start().await;
    receiver.answers([(410, None)]);
    let subscription = server.subscribed_to(tenant, &receiver.url).await;
    server.signal(tenant, "linear", SignalKind::Push, "one").await;
    server.forward().await;
    server.clock.advance(TimeDelta::days(1));
    server.forward().await;
    let now = shown(&server, tenant, &subscription).await;
    assert_eq!((&now["state"], &now["disabled_reason"]), (&json!("disabled"), &json!("gone")));
    assert_eq!((&now["backlog"], receiver.received().len()), (&json!(1), 1));
    server.subscribed_to(tenant, &receiver.url).await;
    server.forward().await;
    assert_eq!(receiver.received().len(), 2);
}

/// For a day both secrets sign, then the new one alone; and a new encryption key changes nothing of it.
#[tokio::test]
async fn a_new_secret_signs_beside_the_old_one() {
    let old_key = "old:0123456789abcdef0123456789abcdef";
    let new_key = "new:fedcba9876543210fedcba9876543210";
    let server = Server::with(&[HERE, ("ENCRYPTION_KEYS", &format!("{old_key},{new_key}"))]).await;
    let tenant = server.tenant().await;
    let receiver = Receiver::start().await;
    let subscription = server.subscribed(tenant, json!({ "url": receiver.url, "secret": secret("old") })).await;
    let path = format!("/subscriptions/{}/secret", subscription["id"].as_str().unwrap());
    let new = server.operator(tenant).post_nothing(&path).await.with(200)["secret"].as_str().unwrap().to_owned();
    let ring = Keyring::parse(&format!("{new_key},{old_key}")).unwrap();
    let report = connectors::rotate_keys::rotate(&server.database.pool, &ring, &mut |_| {}).await.unwrap();
    assert!(report.is_complete(), "{report}");
    let (third, _) = server.second_with(&[("ENCRYPTION_KEYS", new_key)]).await;
    for (hours, both) in [(0, 1), (23, 1), (2, 0)] {
        server.clock.advance(TimeDelta::hours(hours));
        server.signal(tenant, "linear", SignalKind::Push, "one").await;
        connectors::workers::forward_signals(&third).await.unwrap();
        let came = receiver.received();
        let last = came.last().unwrap();
        assert_eq!((last.signed_with(&new), last.signed_with(&secret("old"))), (1, both));
        assert_eq!(last.header("webhook-signature").split(' ').count(), 1 + both);
    }
}

/// A process is killed after the other side has taken a signal and before that is noted: another one sends it again, and the
/// other side knows it by its id.
#[tokio::test]
async fn a_killed_sender_repeats_itself_under_the_same_id() {
    let server = Server::with(&[HERE]).await;
    let (second, _) = server.second().await;
    let tenant = server.tenant().await;
    let receiver = Receiver::start().await;
    let subscription = server.subscribed_to(tenant, &receiver.url).await;
    server.signal(tenant, "linear", SignalKind::Push, "one").await;
    receiver.hold();
    let killed = tokio::spawn(async move { connectors::workers::forward_signals(&second).await });
    receiver.wait_for(1).await;
    killed.abort();
    assert!(killed.await.unwrap_err().is_cancelled());
    receiver.release();
    server.forward().await;
    assert_eq!(receiver.received().len(), 1, "its claim holds");
    server.clock.advance(TimeDelta::seconds(61));
    server.forward().await;
    let came = receiver.received();
    assert_eq!((came.len(), came[0].id()), (2, came[1].id()));
    assert_eq!(shown(&server, tenant, &subscription).await["backlog"], 0);
}

/// One who does not answer has eight under way and holds up nobody else. The workers need nobody to drive them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_receiver_holds_up_only_itself() {
    let server = Server::with(&[HERE]).await;
    let tenant = server.tenant().await;
    let (slow, quick) = (Receiver::start().await, Receiver::start().await);
    slow.hold();
    for receiver in [&slow, &quick] {
        server.subscribed_to(tenant, &receiver.url).await;
    }
    let workers = server.start_workers().await;
    for number in 0..40 {
        server.signal(tenant, "linear", SignalKind::Push, &number.to_string()).await;
    }
    quick.wait_for(40).await;
    slow.wait_for(8).await;
    assert_eq!(slow.received().len(), 8);
    slow.release();
    slow.wait_for(40).await;
    server.stop();
    workers.finished().await;
    let ids: BTreeSet<String> = slow.received().iter().map(|one| one.id().to_owned()).collect();
    assert_eq!((ids.len(), slow.received().len()), (40, 40));
}

/// An address that leads inwards, or carries a password, is refused when it is entered; and a name that the settings allow no
/// more is not called.
#[tokio::test]
async fn inner_addresses_are_not_called() {
    let server = Server::with(&[HERE]).await;
    let tenant = server.tenant().await;
    let receiver = Receiver::start().await;
    for url in [
        "http://hooks.example.com/",
        "http://127.0.0.2/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://metadata.google.internal/",
        "https://[::1]/",
        "https://localhost/",
        "https://user:zXcanaryXz@hooks.example.com/",
        "http://u@127.0.0.1/",
        "https://hooks.example.com/#x",
        "not a url",
        "",
    ] {
        let answer = server.operator(tenant).put_json("/subscriptions", &json!({ "url": url })).await;
        assert_eq!(answer.problem(), (400, "VALIDATION_FAILED".to_owned()), "{url}");
        assert_eq!(answer.json()["errors"][0]["pointer"], "#/url", "{url}");
    }
    assert_eq!(server.database.count("subscriptions").await, 0);
    let subscription = server.subscribed_to(tenant, &receiver.url).await;
    server.signal(tenant, "linear", SignalKind::Push, "one").await;
    let (strict, _) = server.second_with(&[("SUBSCRIPTIONS_ALLOW_PRIVATE_HOSTS", "")]).await;
    connectors::workers::forward_signals(&strict).await.unwrap();
    assert_eq!(receiver.received().len(), 0);
    assert!(shown(&server, tenant, &subscription).await["last_error"].as_str().unwrap().contains("https"));
}

/// A person who goes takes their subscriptions along, and what was on its way.
#[tokio::test]
async fn subscriptions_go_with_their_person() {
    let server = Server::with(&[HERE]).await;
    let ada = UserId::generate();
    let receiver = Receiver::start().await;
    receiver.answers([(500, None)]);
    server.member(ada).put_json("/subscriptions", &json!({ "url": receiver.url })).await.with(201);
    server.signal(ada.as_uuid(), "linear", SignalKind::Push, "one").await;
    server.forward().await;
    assert_eq!(server.database.count("forwards").await, 1);
    server.erase_person(ada).await;
    assert_eq!((server.database.count("subscriptions").await, server.database.count("forwards").await), (0, 0));
}
