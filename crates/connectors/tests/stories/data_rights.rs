//! A tenant takes its data along, and is erased.

use crate::{
    api::operator_tokens::limited_token,
    support::{Client, Deliveries, OPERATOR, Receiver, Server},
};
use chrono::TimeDelta;
use connectors::{audit::verify, rights::Allowed, workers};
use db::audit::Entry;
use kernel::{TenantId, UserId};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use testkit::canary;
use uuid::Uuid;

/// Receivers of the tests are on this machine.
const HERE: (&str, &str) = ("SUBSCRIPTIONS_ALLOW_PRIVATE_HOSTS", "127.0.0.1");

/// By section; the last line says that it is whole.
fn sections(text: &str) -> BTreeMap<String, Vec<Value>> {
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.last(), Some(&json!({ "end": true })));
    assert_eq!(lines[0]["export"]["format"], 1);
    let mut sections: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for line in &lines[1..lines.len() - 1] {
        sections.entry(line["section"].as_str().unwrap().to_owned()).or_default().push(line["row"].clone());
    }
    sections
}

async fn exported(client: &Client, path: &str) -> BTreeMap<String, Vec<Value>> {
    let answer = client.get(path).await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("content-type")),
        (200, Some("application/x-ndjson")),
        "{}",
        answer.text
    );
    assert_eq!(canary::found(answer.text.as_bytes()), None, "an export holds a secret");
    sections(&answer.text)
}

/// Something in every table that has anything to do with a tenant, with a name that is found again.
async fn lived_in(server: &Server, tenant: Uuid, account: &str) -> Value {
    let receiver = Receiver::start().await;
    receiver.answers([(500, None)]);
    let operator = server.operator(tenant);
    let own = json!({"client_id": crate::support::OWN_CLIENT_ID, "client_secret": crate::support::OWN_CLIENT_SECRET});
    let other = server.connected(tenant, "github", account).await;
    let connection = server.connected(tenant, "linear", account).await;
    operator.put_json("/provider-configs/linear", &own).await.with(201);
    workers::tend_hooks(&server.app).await.unwrap();
    let issues = json!({"kind": "issue", "op": "create", "item": {"title": "Of Kunigunde Sommerfeld"}, "count": 5});
    server.sandbox.change("linear", account, issues).await;
    server.sync().await;
    operator.put_json("/subscriptions", &json!({ "url": receiver.url })).await.with(201);
    let push = json!({
        "ref": "refs/heads/main", "after": "0".repeat(40), "before": "1".repeat(40),
        "repository": {"id": 1, "full_name": "sommerfeld/b"}, "head_commit": {"timestamp": "2026-01-02T03:04:05Z"},
        "commits": [], "pusher": {"name": "Kunigunde Sommerfeld", "email": "kunigunde@example.com"},
    });
    let own_address = Deliveries::to(server, &format!("/webhooks/github/{tenant}"));
    own_address.send("push", &Uuid::now_v7().to_string(), &push).await.with(200);
    own_address.send("issues", &Uuid::now_v7().to_string(), &json!({"action": "opened"})).await.with(200);
    let payload = json!({
        "type": "Issue", "action": "create", "organizationId": connection["org_id"], "createdAt": "2026-01-02T03:04:05Z",
        "data": {"id": "i1", "identifier": "ENG-7", "title": "Of Kunigunde Sommerfeld"},
        "actor": {"id": "u1", "type": "user", "name": "Kunigunde Sommerfeld"},
    });
    let order = json!({"path": "/webhooks/linear", "event": "Issue", "payload": payload});
    assert_eq!(server.sandbox.webhook("linear", order).await["status"], 200);
    server.read_deliveries().await;
    workers::forward_signals(&server.app).await.unwrap();
    operator.post_nothing("/connect/github").await.with(201);
    operator.get("/oauth/linear").await.with(200);
    server.vend(tenant, &other).await;
    connection
}

/// The audit log verifies.
async fn unbroken(server: &Server) {
    workers::chain_audit(&server.app).await.unwrap();
    let mut broken = Vec::new();
    verify(&server.database.pool, &server.app.vault, None, &[], &mut |verdict| broken.extend(verdict.broken))
        .await
        .unwrap();
    assert_eq!(broken, []);
}

/// Everything that is kept comes out, a line a row, and nothing of it is secret.
#[tokio::test]
async fn everything_that_is_kept_comes_out() {
    let server = Server::with(&[HERE]).await;
    let (tenant, other) = (server.tenant().await, server.tenant().await);
    let connection = lived_in(&server, tenant, "ann").await;
    server.connected(other, "linear", "bob").await;
    let bare = server.anonymous().bearer(OPERATOR);
    let export = exported(&bare, &format!("/tenants/{tenant}/export")).await;
    for section in [
        "audit_log",
        "connection_resources",
        "connections",
        "deliveries",
        "forwards",
        "grants",
        "hooks",
        "provider_configs",
        "records",
        "signals",
        "streams",
        "subscriptions",
        "tenants",
    ] {
        if section == "connection_resources" && !export.contains_key(section) {
            continue;
        }
        let rows = export.get(section).unwrap_or_else(|| panic!("{section} is missing from {:?}", export.keys()));
        let theirs =
            |row: &&Value| row.get("tenant_id").is_none_or(|id| *id == json!(tenant) || *id == json!(Uuid::nil()));
        assert!(rows.iter().all(|row| theirs(&row)), "{section}");
    }
    let ids: BTreeSet<&str> = export["connections"].iter().map(|row| row["id"].as_str().unwrap()).collect();
    assert!(ids.len() == 2 && ids.contains(connection["id"].as_str().unwrap()));
    let pushed = export["deliveries"].iter().find(|row| row["event"] == "push").unwrap();
    assert_eq!(pushed["body"]["pusher"]["name"], "Kunigunde Sommerfeld");
    assert!(
        export["deliveries"].iter().any(|row| row["tenant_id"] == json!(Uuid::nil())),
        "to the app's own address too"
    );
    let count = |table: &str| export[table].len();
    let signals: i64 = sqlx::query_scalar("select count(*) from signals where tenant_id = $1")
        .bind(tenant)
        .fetch_one(&server.database.pool)
        .await
        .unwrap();
    assert_eq!(i64::try_from(count("signals")).unwrap(), signals);
    assert!(signals > 3 && count("records") > 3, "{signals} {}", count("records"));
    let audited = server.operator(tenant).get("/audit?action=tenant.export").await.with(200);
    assert_eq!(audited["lines"].as_array().unwrap().len(), 1);
    let unknown = bare.get(&format!("/tenants/{}/export", Uuid::now_v7())).await;
    assert_eq!(unknown.problem(), (404, "TENANT_NOT_FOUND".to_owned()));
    let some =
        limited_token(&server, |rights| rights.providers = Allowed::Only(BTreeSet::from(["linear".to_owned()]))).await;
    let narrow = server.anonymous().bearer(some.token.expose());
    for answer in
        [narrow.get(&format!("/tenants/{tenant}/export")).await, narrow.delete(&format!("/tenants/{tenant}")).await]
    {
        assert_eq!(answer.problem(), (403, "FORBIDDEN".to_owned()));
    }
    server.settled().await;
}

/// A person takes along what is theirs, however many pages it has, and nobody else's.
#[tokio::test]
async fn a_person_takes_their_data_along() {
    let server = Server::with(&[HERE]).await;
    let (ada, bob) = (UserId::generate(), UserId::generate());
    server.connect_as(&server.member(ada), "linear", "ann").await;
    server.connect_as(&server.member(bob), "linear", "bob").await;
    for number in 0..120 {
        server.signal(ada.as_uuid(), "linear", kernel::SignalKind::Push, &number.to_string()).await;
    }
    let export = exported(&server.member(ada), "/me/export").await;
    let named: BTreeSet<&str> =
        export["signals"].iter().map(|row| row["subject"]["external_id"].as_str().unwrap()).collect();
    assert_eq!(named.len(), 121, "each once, and the connection's own");
    assert_eq!(export["signals"].len(), 121);
    assert_eq!(export["connections"].len(), 1);
    assert!(export.values().flatten().all(|row| !row.to_string().contains(&bob.to_string())));
}

/// The vendors end the grants, nothing that is kept names the tenant or anybody in it, the chain of the log still verifies, and
/// others keep what is theirs. For everybody the tenant is gone at once, and it does not come back.
#[tokio::test]
async fn an_erased_tenant_is_nowhere() {
    let server = Server::with(&[HERE]).await;
    let (tenant, other) = (server.tenant().await, server.tenant().await);
    lived_in(&server, tenant, "ann").await;
    let kept = server.connected(other, "github", "bob").await;
    let narrow = limited_token(&server, |rights| {
        rights.tenants = Allowed::Only(BTreeSet::from([TenantId::from_uuid(tenant), TenantId::from_uuid(other)]));
    })
    .await;
    let bare = server.anonymous().bearer(OPERATOR);
    let path = format!("/tenants/{tenant}");
    assert_eq!(bare.get(&path).await.with(200)["state"], "active");
    let begun = bare.delete(&path).await.with(202);
    assert_eq!((&begun["state"], &begun["erasure"]["erased_at"]), (&json!("erasing"), &Value::Null));
    assert_eq!(bare.delete(&path).await.with(202)["erasure"], begun["erasure"], "twice is once");
    // Gone at once, for callers and for vendors.
    assert_eq!(server.operator(tenant).get("/connections").await.problem(), (404, "TENANT_NOT_FOUND".to_owned()));
    let late = Deliveries::to(&server, &format!("/webhooks/github/{tenant}"));
    assert_eq!(late.send("push", "late", &json!({})).await.problem(), (404, "TENANT_NOT_FOUND".to_owned()));
    assert_eq!(bare.put(&path).await.problem(), (409, "CONFLICT".to_owned()));
    workers::erase(&server.app).await.unwrap();
    assert_eq!(bare.get(&path).await.with(200)["state"], "erasing", "what others remember of it has to go first");
    server.advance(TimeDelta::seconds(10)).await;
    server.erase_what_is_begun().await;

    let done = bare.get(&path).await.with(200);
    assert_eq!((&done["state"], &done["kind"]), (&json!("erased"), &Value::Null));
    assert!(done["erasure"]["erased_at"].is_string());
    let state = server.sandbox.state().await;
    assert_eq!(
        (&state["github"]["live_access_tokens"], &state["linear"]["live_access_tokens"]),
        (&json!(1), &json!(0))
    );
    for (table, rows) in server.everything().await {
        let rows = rows.to_lowercase();
        for trace in [&tenant.to_string(), &tenant.simple().to_string(), "kunigunde", "sommerfeld", "ann@", "/ann"] {
            assert!(
                !rows.contains(trace) && !rows.contains(&hex::encode(trace)),
                "{table} still knows {trace}: {rows}"
            );
        }
    }
    assert_eq!(server.connection(other, &kept["id"]).await["health"]["status"], "active");
    let still = server.anonymous().bearer(narrow.token.expose()).with("x-tenant-id", &other.to_string());
    still.get("/connections").await.with(200);

    // What happened is still told, and not to whom.
    unbroken(&server).await;
    let name = done["erasure"]["audit_name"].as_str().unwrap();
    let log = server.operator(other).get(&format!("/audit?scope=app&erased={name}&limit=100")).await.with(200);
    let lines = log["lines"].as_array().unwrap();
    let connects: Vec<&Value> = lines.iter().filter(|line| line["action"] == "connection.connect").collect();
    assert_eq!(connects.len(), 2);
    assert!(
        lines.iter().all(|line| line["erased"] == true && line["detail"] == json!({}) && line["address"].is_null())
    );
    let ends: Vec<&Value> = lines.iter().filter(|line| line["action"] == "connection.disconnect").collect();
    let targets = |lines: &[&Value]| lines.iter().map(|line| line["target"].to_string()).collect::<BTreeSet<_>>();
    assert_eq!(targets(&connects), targets(&ends), "the same is still the same");
    let app = server.operator(other).get("/audit?scope=app").await.with(200);
    let told: Vec<(&str, &str)> = app["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (line["action"].as_str().unwrap(), line["target"].as_str().unwrap()))
        .filter(|(action, _)| action.starts_with("tenant"))
        .collect();
    assert_eq!(told, [("tenant.erased", name), ("tenant.erase", name)]);
    for (query, pointer) in [("erased=x", "#/erased"), (&format!("scope=app&erased={other}"), "#/erased")] {
        assert_eq!(
            server.operator(other).get(&format!("/audit?{query}")).await.with(400)["errors"][0]["pointer"],
            pointer
        );
    }
    assert_eq!(bare.put(&path).await.problem(), (409, "CONFLICT".to_owned()));
    server.settled().await;
}

/// A vendor that is down is waited for, with the client that its grant needs; after a day it is asked no more, and what was kept for
/// that goes too.
#[tokio::test]
async fn a_vendor_that_is_down_is_waited_for_a_day() {
    let server = Server::with(&[HERE]).await;
    let tenant = server.tenant().await;
    lived_in(&server, tenant, "ann").await;
    server.sandbox.fault("linear", "revoke", "status_500", 1000).await;
    let bare = server.anonymous().bearer(OPERATOR);
    let path = format!("/tenants/{tenant}");
    bare.delete(&path).await.with(202);
    server.advance(TimeDelta::seconds(10)).await;
    for _ in 0..3 {
        workers::erase(&server.app).await.unwrap();
        server.advance(TimeDelta::hours(7)).await;
        workers::run_jobs(&server.app).await.unwrap();
    }
    workers::erase(&server.app).await.unwrap();
    assert_eq!(bare.get(&path).await.with(200)["state"], "erasing");
    assert_eq!((server.database.count("jobs").await, server.database.count("provider_configs").await), (1, 1));
    for table in ["connections", "grants", "signals", "deliveries", "records", "subscriptions"] {
        assert_eq!(server.database.count(table).await, 0, "{table} does not wait");
    }
    server.advance(TimeDelta::hours(3)).await;
    workers::erase(&server.app).await.unwrap();
    assert_eq!(bare.get(&path).await.with(200)["state"], "erased");
    assert_eq!((server.database.count("jobs").await, server.database.count("provider_configs").await), (0, 0));
}

/// A tenant whose erasure has been asked for and is due.
async fn being_erased() -> (Server, Uuid) {
    let server = Server::with(&[HERE]).await;
    let tenant = server.tenant().await;
    lived_in(&server, tenant, "ann").await;
    server.anonymous().bearer(OPERATOR).delete(&format!("/tenants/{tenant}")).await.with(202);
    server.advance(TimeDelta::seconds(10)).await;
    (server, tenant)
}

/// What jobs and requests that were under way write into the log behind the erasure of all before is erased as well, chained by now
/// or not, and the log still verifies.
#[tokio::test]
async fn what_is_told_late_is_erased_as_well() {
    let (server, tenant) = being_erased().await;
    let bare = server.anonymous().bearer(OPERATOR);
    workers::erase(&server.app).await.unwrap();
    let typed = TenantId::from_uuid(tenant);
    for action in ["late.chained", "late.unchained"] {
        let detail = json!({"name": "Kunigunde Sommerfeld"});
        let line =
            Entry { at: server.clock.now(), actor: &format!("user:{tenant}"), action, target: "sommerfeld", detail };
        db::audit::append(&server.database.pool, typed, line).await.unwrap();
        if action == "late.chained" {
            workers::chain_audit(&server.app).await.unwrap();
        }
    }
    server.advance(TimeDelta::minutes(6)).await;
    server.erase_what_is_begun().await;
    for (table, rows) in server.everything().await {
        let rows = rows.to_lowercase();
        for trace in [tenant.to_string().as_str(), "kunigunde", "sommerfeld"] {
            assert!(!rows.contains(trace), "{table} still knows {trace}: {rows}");
        }
    }
    unbroken(&server).await;
    let name = bare.get(&format!("/tenants/{tenant}")).await.with(200)["erasure"]["audit_name"].clone();
    let path = format!("/audit?scope=app&limit=100&erased={}", name.as_str().unwrap());
    let log = server.operator(server.tenant().await).get(&path).await.with(200);
    let late: Vec<&Value> = log["lines"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|line| line["action"].as_str().unwrap().starts_with("late"))
        .collect();
    assert_eq!(late.len(), 2);
    assert!(late.iter().all(|line| line["erased"] == true && line["detail"] == json!({})));
}

/// Cut off after any step, the work goes on where it was and ends the same.
#[tokio::test]
async fn an_erasure_that_is_cut_off_goes_on() {
    let (server, tenant) = being_erased().await;
    // Each of these tables cannot be written for a while, so that the work ends there.
    for table in
        ["grants", "signals", "deliveries", "agent_runs", "audit_log", "audit_chains", "operator_tokens", "tenants"]
    {
        let stop = format!(
            "create function stop_{table}() returns trigger language plpgsql as $$ begin raise exception 'stopped'; end $$"
        );
        server.database.execute(&stop).await;
        let trigger = format!(
            "create trigger stop_{table} before update or delete on {table} for each statement execute function stop_{table}()"
        );
        server.database.execute(&trigger).await;
        workers::erase(&server.app).await.unwrap();
        server.database.execute(&format!("drop trigger stop_{table} on {table}")).await;
        server.advance(TimeDelta::minutes(6)).await;
    }
    server.erase_what_is_begun().await;
    let trace = tenant.to_string();
    assert!(server.everything().await.values().all(|rows| !rows.contains(&trace)));
}
