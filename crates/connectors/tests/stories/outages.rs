//! What others do to us: the auth service is away, its keys change, clocks are wrong, replicas start together.

use crate::support::{Server, linear_body, linear_signature};
use chrono::TimeDelta;
use kernel::UserId;
use reqwest::Method;
use serde_json::json;
use std::{
    collections::BTreeSet,
    process::{Child, Command, Stdio},
};

/// With the auth service away for an hour, people whose JWTs hold are served by the keys that are known; what they did not sign is
/// refused, and operators never notice.
#[tokio::test]
async fn an_hour_without_the_auth_service() {
    let server = Server::start().await;
    let (user, tenant) = (UserId::generate(), server.tenant().await);
    server.member(user).get("/connections").await.with(200);
    server.people.go_down();
    for _ in 0..12 {
        server.advance(TimeDelta::minutes(5)).await;
        server.member(user).get("/connections").await.with(200);
        server.operator(tenant).get("/connections").await.with(200);
    }
    let (stranger, _) = identity::Signer::generate(identity::Algorithm::EdDsa, "test-key").unwrap();
    let forged = stranger.sign(&server.people.claims(user)).unwrap();
    assert_eq!(server.anonymous().bearer(&forged).get("/connections").await.problem().0, 401);
}

/// A key that is new is fetched when it is first met, the one before it holds as long as it is published, and one that is withdrawn
/// opens nothing once the keys are fetched again.
#[tokio::test]
async fn the_auth_service_rotates_its_keys() {
    let mut server = Server::start().await;
    let user = UserId::generate();
    let before = server.people.signer.clone();
    server.member(user).get("/connections").await.with(200);
    server.advance(TimeDelta::minutes(1)).await;
    let old = server.people.rotate("second-key", &[&before]);
    let by_the_old = old.sign(&server.people.claims(user)).unwrap();
    server.member(user).get("/connections").await.with(200);
    server.anonymous().bearer(&by_the_old).get("/connections").await.with(200);
    server.people.rotate("third-key", &[]);
    server.advance(TimeDelta::minutes(11)).await;
    let by_the_old = old.sign(&server.people.claims(user)).unwrap();
    server.member(user).get("/connections").await.with(200);
    assert_eq!(server.anonymous().bearer(&by_the_old).get("/connections").await.problem().0, 401);
}

/// Two replicas whose clocks are wrong by 400 seconds, in either direction, and one whose clock is right ask the vendor once for a
/// token that has ended, whoever of them is asked: leases go by the database's clock.
#[tokio::test]
async fn wrong_clocks_do_not_refresh_twice() {
    for wrong in [TimeDelta::seconds(400), TimeDelta::seconds(-400)] {
        let server = Server::start().await;
        let tenant = server.tenant().await;
        let connection = server.connected(tenant, "linear", "ada").await;
        // Ended for all of them.
        server.advance(TimeDelta::days(2)).await;
        let (_, other) = server.second_at(wrong).await;
        let before = server.sandbox.count("linear", "refreshes").await;
        let path = format!("/connections/{}/token", connection["id"].as_str().unwrap());
        let operator = server.operator(tenant);
        let calls = (0..16).map(|n| {
            let caller = if n % 2 == 0 { operator.clone() } else { operator.at(&other) };
            let path = path.clone();
            async move { caller.post_nothing(&path).await }
        });
        let answers = futures_util::future::join_all(calls).await;
        let tokens: BTreeSet<String> =
            answers.iter().map(|answer| answer.with(200)["access_token"].as_str().unwrap().to_owned()).collect();
        assert_eq!(tokens.len(), 1, "{wrong}");
        assert_eq!(server.sandbox.count("linear", "refreshes").await - before, 1, "{wrong}");
    }
}

/// A replica whose clock is wrong by 400 seconds refuses webhooks as too old or from the future, with a code that says so; the others
/// take the vendor's next attempt, and nothing is stored twice.
#[tokio::test]
async fn a_wrong_clock_refuses_and_loses_nothing() {
    let server = Server::start().await;
    let now = server.clock.now().timestamp_millis();
    let body = linear_body(json!({ "action": "create", "type": "Issue", "organizationId": "org" }), now);
    let headers = [
        ("linear-event", "Issue".to_owned()),
        ("linear-signature", linear_signature(&body)),
        ("linear-delivery", uuid::Uuid::new_v4().to_string()),
    ];
    for wrong in [TimeDelta::seconds(400), TimeDelta::seconds(-400)] {
        let (_, other) = server.second_at(wrong).await;
        let vendor = headers.iter().fold(server.anonymous(), |client, (name, value)| client.with(name, value));
        let refused = vendor.at(&other).send(Method::POST, "/webhooks/linear", body.clone()).await;
        assert_eq!(refused.problem(), (401, "DELIVERY_TOO_OLD".to_owned()), "{wrong}");
        assert_eq!(vendor.send(Method::POST, "/webhooks/linear", body.clone()).await.status, 200);
    }
    assert_eq!(server.database.count("deliveries").await, 1);
}

fn migrate(url: &str) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_connectors"));
    command.env_clear().env("DATABASE_URL", url).arg("migrate").stderr(Stdio::null()).spawn().unwrap()
}

/// Five replicas migrate an empty database at the same moment, and once one of them is killed in the middle of it: every one that
/// lives ends well, and each migration has been applied once.
#[tokio::test]
async fn five_replicas_migrate_at_once() {
    for killed in [false, true] {
        let database = testkit::Database::empty().await;
        let mut replicas: Vec<Child> = (0..5).map(|_| migrate(&database.url)).collect();
        if killed {
            let begun = "select to_regclass('public._sqlx_migrations') is not null";
            while !sqlx::query_scalar::<_, bool>(begun).fetch_one(&database.pool).await.unwrap() {}
            replicas[0].kill().unwrap();
            replicas.remove(0).wait().unwrap();
        }
        for mut replica in replicas {
            let status = tokio::task::spawn_blocking(move || replica.wait().unwrap()).await.unwrap();
            assert!(status.success());
        }
        assert!(db::is_current(&database.pool).await.unwrap());
        let failed = "select count(*) from _sqlx_migrations where not success";
        assert_eq!(sqlx::query_scalar::<_, i64>(failed).fetch_one(&database.pool).await.unwrap(), 0);
    }
}
