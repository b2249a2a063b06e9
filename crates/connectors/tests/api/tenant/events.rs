use crate::{
    api::limited_token,
    support::{Client, Deliveries, Server},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::TimeDelta;
use connectors::rights::Allowed;
use kernel::{TenantId, UserId};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn push(number: usize) -> Value {
    json!({
        "ref": "refs/heads/main", "after": format!("{number:040}"), "before": "0".repeat(40),
        "repository": {"id": 1, "full_name": "a/b"}, "head_commit": {"timestamp": "2026-01-01T00:00:00Z"}, "commits": [],
    })
}

async fn ids(caller: &Client, query: &str) -> Vec<String> {
    let page = caller.get(&format!("/events?limit=100&{query}")).await.with(200);
    page["events"].as_array().unwrap().iter().map(|one| one["delivery_id"].as_str().unwrap().to_owned()).collect()
}

/// Pages of four while more arrives between them: what was there at first comes exactly once, newest first.
#[tokio::test]
async fn paging_neither_skips_nor_repeats() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let operator = server.operator(tenant);
    let github = Deliveries::to(&server, &format!("/webhooks/github/{tenant}"));
    for number in 0..18 {
        github.send("push", &format!("first-{number}"), &push(number)).await.with(200);
    }
    let at_first = ids(&operator, "").await;
    assert_eq!(at_first.len(), 18);
    let (mut seen, mut cursor, mut more) = (Vec::new(), String::new(), 100);
    loop {
        let page = operator.get(&format!("/events?limit=4{cursor}")).await.with(200);
        seen.extend(page["events"].as_array().unwrap().iter().map(|one| one["delivery_id"].clone()));
        more += 1;
        github.send("push", &format!("more-{more}"), &push(more)).await.with(200);
        server.read_deliveries().await;
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, at_first);
    let other = operator.get(&format!("/events?state=done{cursor}")).await;
    assert_eq!(other.json()["errors"][0]["pointer"], "#/cursor");
}

/// Every state and filter is told apart, and one delivery shows what is kept of it.
#[tokio::test]
async fn deliveries_can_be_looked_at() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let operator = server.operator(tenant);
    let github = Deliveries::to(&server, &format!("/webhooks/github/{tenant}"));
    github.send("push", "done", &push(1)).await.with(200);
    github.send("nothing_we_know", "ignored", &json!({"a": 1})).await.with(200);
    github.send("issues", "poison", &json!({"action": "opened", "issue": {"number": 1}})).await.with(200);
    server.read_deliveries().await;
    server.clock.advance(TimeDelta::minutes(10));
    let middle = server.clock.now().to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    github.send("push", "waiting", &push(2)).await.with(200);
    for (query, expected) in [
        ("", vec!["waiting", "poison", "ignored", "done"]),
        ("state=done", vec!["done"]),
        ("state=ignored", vec!["ignored"]),
        ("state=pending", vec!["waiting", "poison"]),
        ("state=dead", vec![]),
        ("event=push", vec!["waiting", "done"]),
        ("provider=linear", vec![]),
        (&format!("received_after={middle}"), vec!["waiting"]),
        (&format!("received_before={middle}&event=push"), vec!["done"]),
    ] {
        assert_eq!(ids(&operator, query).await, expected, "{query}");
    }
    for (query, pointer) in [
        ("state=lost", "#/state"),
        ("provider=nothing", "#/provider"),
        ("received_after=x", "#/received_after"),
        ("limit=0", "#/limit"),
        ("cursor=x", "#/cursor"),
        ("scope=all", "#/scope"),
    ] {
        let answer = operator.get(&format!("/events?{query}")).await;
        assert_eq!(answer.problem(), (400, "VALIDATION_FAILED".to_owned()), "{query}");
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{query}");
    }
    let page = operator.get("/events").await.with(200);
    let of = |at: usize| page["events"][at].clone();
    assert_eq!((&of(1)["attempts"], of(1)["next_attempt_at"].is_string()), (&json!(1), true));
    assert!(of(1)["error"].as_str().unwrap().starts_with("the issues delivery lacks"));
    assert_eq!((&of(3)["attempts"], &of(3)["error"], &of(3)["app_wide"]), (&Value::Null, &Value::Null, &json!(false)));
    let done = operator.get(&format!("/events/{}", of(3)["id"].as_str().unwrap())).await.with(200);
    assert_eq!((&done["body"], &done["body_base64"]), (&push(1), &Value::Null));
    assert_eq!((&done["signals"][0]["kind"], &done["content_type"]), (&json!("push"), &json!("application/json")));
    let signals = operator.get("/signals").await.with(200);
    assert_eq!(done["signals"][0]["id"], signals["signals"][0]["id"]);
    sqlx::query("update deliveries set body = $1 where delivery_id = 'ignored'")
        .bind(b"\xff\x00".as_slice())
        .execute(&server.database.pool)
        .await
        .unwrap();
    let bytes = operator.get(&format!("/events/{}", of(2)["id"].as_str().unwrap())).await.with(200);
    assert_eq!((&bytes["body"], &bytes["body_base64"]), (&Value::Null, &json!(STANDARD.encode(b"\xff\x00"))));
}

/// Read again, one by one and by range, each delivery makes its signals once; who asked is written down.
#[tokio::test]
async fn a_replayed_delivery_makes_its_signals_once() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let operator = server.operator(tenant);
    let github = Deliveries::to(&server, &format!("/webhooks/github/{tenant}"));
    let from = server.clock.now() - TimeDelta::seconds(1);
    for number in 0..5 {
        github.send("push", &number.to_string(), &push(number)).await.with(200);
    }
    server.read_deliveries().await;
    let before = server.database.dump("signals").await;
    let id = operator.get("/events").await.with(200)["events"][0]["id"].as_str().unwrap().to_owned();
    let one = operator.post_nothing(&format!("/events/{id}/replay")).await.with(202);
    assert_eq!(one, json!({ "count": 1, "more": false, "next_cursor": null }));
    assert_eq!(ids(&operator, "state=pending").await.len(), 1);
    server.read_deliveries().await;
    server.clock.advance(TimeDelta::seconds(1));
    let range = json!({ "received_after": from, "received_before": server.clock.now(), "provider": "github" });
    for _ in 0..2 {
        let all = operator.post("/events/replay", &range).await.with(202);
        assert_eq!(all["count"], 5);
        server.read_deliveries().await;
    }
    // Nothing of what is left of a signal that was lost stands in the way of it.
    server.database.execute("delete from signals where position = 3").await;
    operator.post("/events/replay", &range).await.with(202);
    server.read_deliveries().await;
    assert_eq!(server.database.count("signals").await, 5);
    assert_eq!(before.lines().filter(|line| !line.contains(",3,")).count(), 4);
    assert_eq!(ids(&operator, "state=done").await.len(), 5);
    assert_eq!(server.database.count("delivery_queue").await, 0);
    let audited: i64 = sqlx::query_scalar("select count(*) from audit_log where action = 'event.replay'")
        .fetch_one(&server.database.pool)
        .await
        .unwrap();
    assert_eq!(audited, 4);
    let open = operator.post("/events/replay", &json!({ "received_after": from })).await;
    assert_eq!(open.problem(), (400, "VALIDATION_FAILED".to_owned()));
}

/// A range of more than ten thousand is taken up in parts, and says so.
#[tokio::test]
async fn a_large_range_is_replayed_in_parts() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    sqlx::query(
        "insert into deliveries (tenant_id, id, provider, event, delivery_id, body, received_at, state)
         select $1, ('01980000-0000-7000-8000-' || lpad(to_hex(number), 12, '0'))::uuid, 'github', 'push', number::text, '', now(),
                'ignored'
         from generate_series(1, 10003) number",
    )
    .bind(tenant)
    .execute(&server.database.pool)
    .await
    .unwrap();
    let operator = server.operator(tenant);
    let mut order = json!({"received_after": "2020-01-01T00:00:00Z", "received_before": "2100-01-01T00:00:00Z"});
    let first = operator.post("/events/replay", &order).await.with(202);
    assert_eq!((&first["count"], &first["more"]), (&json!(10_000), &json!(true)));
    order["cursor"] = first["next_cursor"].clone();
    let rest = operator.post("/events/replay", &order).await.with(202);
    assert_eq!(rest, json!({ "count": 3, "more": false, "next_cursor": null }));
    let waiting: i64 =
        sqlx::query_scalar("select count(distinct delivery_id) from delivery_queue where state = 'ready'")
            .fetch_one(&server.database.pool)
            .await
            .unwrap();
    assert_eq!(waiting, 10_003);
    order["event"] = json!("issues");
    assert_eq!(operator.post("/events/replay", &order).await.json()["errors"][0]["pointer"], "#/cursor");
}

/// A dead letter is listed, mended, replayed and done.
#[tokio::test]
async fn a_dead_letter_is_replayed() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let operator = server.operator(tenant);
    let github = Deliveries::to(&server, &format!("/webhooks/github/{tenant}"));
    github.send("issues", "poison", &json!({"action": "opened", "issue": {"number": 1}})).await.with(200);
    for _ in 0..10 {
        server.read_deliveries().await;
        server.clock.advance(TimeDelta::hours(2));
    }
    assert_eq!(ids(&operator, "state=dead").await, ["poison"]);
    let dead = operator.get("/events?state=dead").await.with(200)["events"][0].clone();
    assert_eq!((&dead["attempts"], &dead["next_attempt_at"]), (&json!(10), &Value::Null));
    let mended = json!({
        "action": "opened", "issue": {"node_id": "I_1", "number": 1, "title": "x", "html_url": "https://x", "created_at": "2026-01-01T00:00:00Z"},
        "repository": {"id": 1, "full_name": "a/b"}, "sender": {"id": 2, "login": "ann", "type": "User"},
    });
    sqlx::query("update deliveries set body = $1 where delivery_id = 'poison'")
        .bind(mended.to_string().into_bytes())
        .execute(&server.database.pool)
        .await
        .unwrap();
    let path = format!("/events/{}", dead["id"].as_str().unwrap());
    assert_eq!(operator.post_nothing(&format!("{path}/replay")).await.with(202)["count"], 1);
    server.read_deliveries().await;
    let done = operator.get(&path).await.with(200);
    assert_eq!((&done["state"], &done["signals"][0]["kind"]), (&json!("done"), &json!("issue_created")));
    assert_eq!(ids(&operator, "state=dead").await, [""; 0]);
}

/// A delivery to the app's own address is seen by those whose connection it is about, and by operators of the whole; one that
/// is nobody's only by these.
#[tokio::test]
async fn app_wide_deliveries_have_addressees() {
    let server = Server::start().await;
    let (ours, theirs) = (server.tenant().await, server.tenant().await);
    let connection = server.connected(ours, "linear", "ann").await;
    let body = |organization: &Value, id: &str| {
        json!({
            "type": "Issue", "action": "create", "organizationId": organization, "createdAt": "2026-01-02T03:04:05.678Z",
            "data": {"id": id, "identifier": "ENG-7", "title": "It broke"},
        })
    };
    for (organization, id) in [(&connection["org_id"], "i1"), (&json!("nobody"), "i2")] {
        let order = json!({"path": "/webhooks/linear", "event": "Issue", "payload": body(organization, id)});
        server.sandbox.webhook("linear", order).await;
    }
    server.read_deliveries().await;
    let (us, them) = (server.operator(ours), server.operator(theirs));
    let our_page = us.get("/events").await.with(200);
    let our_events = our_page["events"].as_array().unwrap();
    assert_eq!((our_events.len(), &our_events[0]["app_wide"]), (1, &json!(true)));
    assert_eq!(them.get("/events").await.with(200)["events"], json!([]));
    let id = our_events[0]["id"].as_str().unwrap();
    let seen = us.get(&format!("/events/{id}")).await.with(200);
    assert_eq!(seen["body"]["data"]["id"], "i1");
    assert_eq!(seen["signals"].as_array().unwrap().len(), 1);
    let everything = them.get("/events?scope=app").await.with(200);
    let states: BTreeSet<&str> =
        everything["events"].as_array().unwrap().iter().map(|one| one["state"].as_str().unwrap()).collect();
    assert_eq!(states, BTreeSet::from(["done", "unclaimed"]));
    let unclaimed = them.get("/events?scope=app&state=unclaimed").await.with(200)["events"][0]["id"].clone();
    let nobodys = format!("/events/{}", unclaimed.as_str().unwrap());
    us.get(&format!("{nobodys}?scope=app")).await.with(200);
    let member = server.member(UserId::generate());
    let token = limited_token(&server, |rights| {
        rights.tenants = Allowed::Only(BTreeSet::from([TenantId::from_uuid(ours)]));
    })
    .await;
    let limited = server.anonymous().bearer(token.token.expose()).with("x-tenant-id", &ours.to_string());
    for caller in [&member, &limited] {
        for path in ["/events?scope=app", "/events/refused", &format!("{nobodys}?scope=app")] {
            assert_eq!(caller.get(path).await.problem(), (403, "FORBIDDEN".to_owned()), "{path}");
        }
        assert_eq!(caller.get(&nobodys).await.problem(), (404, "EVENT_NOT_FOUND".to_owned()));
    }
    // Somebody has connected it meanwhile: the operator has it read again.
    let order =
        json!({"received_after": "2020-01-01T00:00:00Z", "received_before": "2100-01-01T00:00:00Z", "scope": "app"});
    assert_eq!(limited.post("/events/replay", &order).await.problem(), (403, "FORBIDDEN".to_owned()));
    assert_eq!(them.post("/events/replay", &order).await.with(202)["count"], 2);
    server.read_deliveries().await;
    assert_eq!(us.get("/signals?kind=issue_created").await.with(200)["signals"].as_array().unwrap().len(), 1);
    let other_provider = limited_token(&server, |rights| {
        rights.providers = Allowed::Only(BTreeSet::from(["github".to_owned()]));
    })
    .await;
    let limited = server.anonymous().bearer(other_provider.token.expose()).with("x-tenant-id", &ours.to_string());
    assert_eq!(limited.get("/events").await.with(200)["events"], json!([]));
    assert_eq!(limited.get(&format!("/events/{id}")).await.problem(), (404, "EVENT_NOT_FOUND".to_owned()));
    server.settled().await;
}

/// What was refused is counted, and shown before it is written down by itself.
#[tokio::test]
async fn refused_webhooks_are_counted() {
    let server = Server::start().await;
    let operator = server.operator(server.tenant().await);
    for _ in 0..3 {
        let refused = server
            .anonymous()
            .with("content-type", "application/json")
            .with("x-github-event", "push")
            .with("x-github-delivery", "1")
            .with("x-hub-signature-256", &format!("sha256={}", "0".repeat(64)))
            .send(Method::POST, "/webhooks/github", "{}")
            .await;
        assert_eq!(refused.problem(), (401, "SIGNATURE_INVALID".to_owned()));
    }
    let shown = operator.get("/events/refused").await.with(200);
    let first = &shown["refused"][0];
    assert_eq!((&first["provider"], &first["count"]), (&json!("github"), &json!(3)), "{shown}");
    assert_eq!(shown["refused"].as_array().unwrap().len(), 1);
}
