use crate::support::Server;
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
