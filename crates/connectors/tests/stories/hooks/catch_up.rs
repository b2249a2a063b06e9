//! GitHub never tries a delivery again by itself. What it tried in vain while we were away is fetched back.

use super::{at_vendor, fixture, hooked, told};
use crate::support::Server;
use chrono::TimeDelta;
use connectors::workers;
use kernel::UserId;
use serde_json::json;

/// What the environment says of the app that organisations install.
const APP: [&str; 3] = ["GITHUB_APP_NAME", "GITHUB_APP_ID", "GITHUB_PRIVATE_KEY"];

/// The database takes no delivery, and the vendor is told to come again, which this one does not.
async fn take_nothing(server: &Server) {
    sqlx::query("alter table delivery_queue rename to away").execute(&server.database.pool).await.unwrap();
}

/// The vendor says hello to a new hook, and nobody waits for that.
async fn greeted(server: &Server) {
    let seen = async {
        while server.database.count("deliveries").await == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(testkit::PATIENCE, seen).await.expect("the ping arrives");
}

async fn take_all(server: &Server) {
    sqlx::query("alter table away rename to delivery_queue").execute(&server.database.pool).await.unwrap();
}

/// As if so much time had passed for us. Who signs with the time of now cannot move the clock.
async fn minutes_later(server: &Server, minutes: i32) {
    for sql in [
        "update heartbeat set at = at - make_interval(mins => $1)",
        "update hook_catch_ups set due_at = due_at - make_interval(mins => $1)",
    ] {
        sqlx::query(sql).bind(minutes).execute(&server.database.pool).await.unwrap();
    }
}

async fn catch_up(server: &Server) -> usize {
    workers::catch_up(&server.app).await.unwrap()
}

/// Hooks of repositories: what failed arrives after the outage, once each, and is not asked for again.
#[tokio::test]
async fn a_repository_is_caught_up_with() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = hooked(&server, tenant, "github", "ann").await;
    assert_eq!(catch_up(&server).await, 0);
    let path = format!("github/hooks/{}/deliver", at_vendor(&server, "github").await[0]["id"].as_str().unwrap());
    let mut issue = fixture("github", "issues.opened_at_a_repository_hook");
    greeted(&server).await;
    take_nothing(&server).await;
    for number in 1..=3 {
        issue["issue"]["number"] = json!(number);
        let order = json!({"event": "issues", "payload": issue, "delivery_id": format!("missed-{number}")});
        assert_eq!(server.sandbox.control(&path, order).await["status"], 503);
    }
    take_all(&server).await;
    assert_eq!(told(&server, tenant).await, []);
    server.advance(TimeDelta::minutes(16)).await;
    assert_eq!(catch_up(&server).await, 3);
    let expected = (json!("issue_created"), connection["id"].clone());
    assert_eq!(told(&server, tenant).await, [expected.clone(), expected.clone(), expected]);
    for pause in [6, 16, 16] {
        server.advance(TimeDelta::minutes(pause)).await;
        assert_eq!(catch_up(&server).await, 0);
    }
    assert_eq!(told(&server, tenant).await.len(), 3);
    let ids: i64 = sqlx::query_scalar("select count(*) from deliveries where delivery_id like 'missed-%'")
        .fetch_one(&server.database.pool)
        .await
        .unwrap();
    assert_eq!(ids, 3);
}

/// The app's own hook; and what fails once more is asked for once more.
#[tokio::test]
async fn an_app_is_caught_up_with() {
    let server = Server::with_app().await;
    let user = UserId::generate();
    let (tenant, member) = (user.as_uuid(), server.member(user));
    server.connect_as(&member, "github", "ann").await;
    let wish = json!({"action": "create", "account": "octo-org", "installed_by": "ann"});
    let id = server.sandbox.installations(wish).await["installation"]["id"].as_u64().unwrap();
    let linked = member.post("/oauth/github/link", &json!({"installation_id": id.to_string()})).await.with(200);
    assert_eq!(catch_up(&server).await, 0);
    let mut issue = fixture("github", "issues.opened");
    issue["installation"] = json!({"id": id});
    let order = json!({"path": "/webhooks/github", "event": "issues", "payload": issue});
    take_nothing(&server).await;
    assert_eq!(server.sandbox.webhook("github", order).await["status"], 503);
    minutes_later(&server, 3).await;
    // Nobody was at work for three minutes: nobody waits for a quarter of an hour. It fails once more.
    assert_eq!(catch_up(&server).await, 1);
    take_all(&server).await;
    minutes_later(&server, 6).await;
    assert_eq!(catch_up(&server).await, 1);
    assert_eq!(told(&server, tenant).await, [(json!("issue_created"), linked["id"].clone())]);
    minutes_later(&server, 6).await;
    assert_eq!(catch_up(&server).await, 0);
}

/// Of two processes one asks, and a pass before its time asks nobody.
#[tokio::test]
async fn one_process_asks_in_a_quarter_of_an_hour() {
    let server = Server::start().await;
    hooked(&server, server.tenant().await, "github", "ann").await;
    let (second, _) = server.second().await;
    catch_up(&server).await;
    let asked = || async { server.sandbox.count("github", "api_calls").await };
    let before = asked().await;
    server.advance(TimeDelta::minutes(1)).await;
    let (first, other) = tokio::join!(workers::catch_up(&server.app), workers::catch_up(&second));
    assert_eq!((first.unwrap(), other.unwrap(), asked().await), (0, 0, before));
    server.advance(TimeDelta::minutes(1)).await;
    catch_up(&server).await;
    server.advance(TimeDelta::minutes(15)).await;
    let (first, other) = tokio::join!(workers::catch_up(&server.app), workers::catch_up(&second));
    assert_eq!((first.unwrap(), other.unwrap(), asked().await), (0, 0, before + 1));
}

/// A tenant's own app, whose key only the tenant has entered, is asked with that key, and as long as it is theirs.
#[tokio::test]
async fn a_tenants_own_app_is_caught_up_with() {
    let server = Server::with_app().await;
    let tenant = server.tenant().await;
    let (alone, _) = server.second_with(&APP.map(|name| (name, ""))).await;
    let environment = server.environment();
    let of = |name: &str| environment.iter().find(|(there, _)| there == name).unwrap().1.replace("\\n", "\n");
    let own = json!({
        "client_id": of("GITHUB_CLIENT_ID"),
        "client_secret": of("GITHUB_CLIENT_SECRET"),
        "webhook_secrets": [of("GITHUB_WEBHOOK_SECRET")],
        "app": {"name": of(APP[0]), "id": of(APP[1]), "private_key": of(APP[2])},
    });
    server.operator(tenant).put_json("/provider-configs/github", &own).await.with(201);
    let catch_up = || async { workers::catch_up(&alone).await.unwrap() };
    assert_eq!(catch_up().await, 0);
    let payload = fixture("github", "issues.opened");
    let order = json!({"path": format!("/webhooks/github/{tenant}"), "event": "issues", "payload": payload});
    take_nothing(&server).await;
    assert_eq!(server.sandbox.webhook("github", order).await["status"], 503);
    take_all(&server).await;
    minutes_later(&server, 16).await;
    assert_eq!(catch_up().await, 1);
    assert_eq!(told(&server, tenant).await, [(json!("issue_created"), json!(null))]);
    assert_eq!(server.operator(tenant).delete("/provider-configs/github").await.status, 204);
    minutes_later(&server, 16).await;
    assert_eq!((catch_up().await, server.database.count("hook_catch_ups").await), (0, 0));
}
