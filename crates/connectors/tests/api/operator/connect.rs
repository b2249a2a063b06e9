use crate::support::{OTHER_OPERATOR, Server};
use serde_json::json;

/// A backend starts, receives the redirect itself, and brings it; the audit log names which operator it was.
#[tokio::test]
async fn an_operator_brings_the_redirect() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let operator = server.anonymous().bearer(OTHER_OPERATOR).with("x-tenant-id", &tenant.to_string());
    let started = operator.post("/connect/linear", &json!({"label": "Work", "scopes": ["read"]})).await.with(201);
    let back = server.sandbox.approve(started["authorize_url"].as_str().unwrap(), "ann").await;
    let path = format!("/connect/linear/callback?{}", back.query().unwrap());
    let connection = operator.get(&path).await.with(200);
    let shown = |name: &str| connection[name].clone();
    assert_eq!((shown("label"), shown("scopes"), shown("owner")), (json!("Work"), json!(["read"]), json!(null)));
    assert_eq!(operator.get(&path).await.problem(), (400, "STATE_INVALID".to_owned()));
    let (actor, action, target): (String, String, String) =
        sqlx::query_as("select actor, action, target from audit_log").fetch_one(&server.database.pool).await.unwrap();
    let fingerprint = &hex::encode(kernel::sha256(OTHER_OPERATOR))[..8];
    assert_eq!((actor, action.as_str()), (format!("operator:{fingerprint}"), "connection.connect"));
    assert_eq!(target, shown("id").as_str().unwrap());
}
