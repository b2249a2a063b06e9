use crate::support::Server;
use chrono::TimeDelta;
use serde_json::json;
use uuid::Uuid;

/// The one connection, the named one, or the organisation's; each answer is kept by nobody and written down.
#[tokio::test]
async fn a_token_is_vended_by_name() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let operator = server.operator(tenant);
    let none = operator.get("/oauth/token/linear").await;
    assert_eq!(none.problem(), (404, "CONNECTION_NOT_FOUND".to_owned()));
    let ann = server.connected(tenant, "linear", "ann").await;
    let answer = operator.get("/oauth/token/linear").await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let only = answer.with(200);
    assert_eq!(
        (&only["connection_id"], &only["token_type"], &only["provider"]),
        (&ann["id"], &json!("Bearer"), &json!("linear"))
    );
    assert!(only.as_object().unwrap().keys().all(|name| !name.contains("refresh")));
    assert!(server.sandbox.accepts("linear", only["access_token"].as_str().unwrap()).await);
    let bob = server.connected(tenant, "linear", "bob").await;
    let several = operator.get("/oauth/token/linear").await;
    assert_eq!(several.problem(), (409, "CONFLICT".to_owned()));
    assert_eq!(server.vend(tenant, &bob).await["connection_id"], bob["id"]);
    let path = format!("/oauth/token/linear?org_id={}", ann["org_id"].as_str().unwrap());
    assert_eq!(operator.get(&path).await.with(200)["access_token"], only["access_token"]);
    let vends: i64 = sqlx::query_scalar("select count(*) from audit_log where action = 'token.vend'")
        .fetch_one(&server.database.pool)
        .await
        .unwrap();
    assert_eq!(vends, 3);
}

/// A name that does not fit is refused before any vendor is asked.
#[tokio::test]
async fn a_wrong_name_vends_nothing() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let (operator, ann) = (server.operator(tenant), server.connected(tenant, "linear", "ann").await);
    let id = ann["id"].as_str().unwrap();
    let requests = server.sandbox.count("linear", "token_requests").await;
    server.advance(chrono::TimeDelta::days(2)).await;
    server
        .unchanged(async {
            for (path, status, code) in [
                (format!("/oauth/token/github?connection_id={id}"), 404, "CONNECTION_NOT_FOUND"),
                (format!("/oauth/token/linear?connection_id={}", Uuid::now_v7()), 404, "CONNECTION_NOT_FOUND"),
                ("/oauth/token/linear?org_id=nobody".to_owned(), 404, "CONNECTION_NOT_FOUND"),
                ("/oauth/token/linear?connection_id=x".to_owned(), 400, "VALIDATION_FAILED"),
                (format!("/oauth/token/linear?connection_id={id}&org_id=x"), 400, "VALIDATION_FAILED"),
                (format!("/oauth/token/linear?connection={id}"), 400, "VALIDATION_FAILED"),
            ] {
                assert_eq!(operator.get(&path).await.problem(), (status, code.to_owned()), "{path}");
            }
        })
        .await;
    assert_eq!(server.sandbox.count("linear", "token_requests").await, requests);
}

/// A token that has to last is renewed where the stored one ends too soon; one that no token of the provider can last for is
/// refused without a call to the vendor.
#[tokio::test]
async fn a_token_may_have_to_last() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "linear", "ann").await;
    let path = format!("/connections/{}/token", connection["id"].as_str().unwrap());
    let operator = server.operator(tenant);
    let lasting = |seconds: i64| json!({ "min_lifetime_seconds": seconds });
    let first = operator.post_nothing(&path).await.with(200);
    assert_eq!((&first["token_type"], &first["provider"]), (&json!("Bearer"), &json!("linear")));
    assert_eq!(operator.post(&path, &lasting(82_800)).await.with(200)["access_token"], first["access_token"]);
    server.advance(TimeDelta::hours(2)).await;
    assert_eq!(operator.post(&path, &lasting(3600)).await.with(200)["access_token"], first["access_token"]);
    let second = operator.post(&path, &lasting(82_800)).await.with(200);
    assert_ne!(second["access_token"], first["access_token"]);
    let asked = server.sandbox.count("linear", "token_requests").await;
    for seconds in [86_400, 86_401, -1] {
        let refused = operator.post(&path, &lasting(seconds)).await;
        assert_eq!(refused.problem(), (400, "VALIDATION_FAILED".to_owned()), "{seconds}");
    }
    assert_eq!(operator.post(&path, &json!({"grant": "other"})).await.status, 400);
    assert_eq!(
        operator.post(&path, &json!({"grant": "user"})).await.problem(),
        (404, "CONNECTION_NOT_FOUND".to_owned())
    );
    assert_eq!(server.operator(server.tenant().await).post_nothing(&path).await.status, 404);
    assert_eq!(server.sandbox.count("linear", "token_requests").await, asked);
    assert_eq!(operator.post_nothing(&path).await.header("cache-control"), Some("no-store"));
}
