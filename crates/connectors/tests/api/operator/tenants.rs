use crate::support::{OPERATOR, Server};
use serde_json::json;
use uuid::Uuid;

/// Creating a tenant twice is creating it once.
#[tokio::test]
async fn a_tenant_is_created_once() {
    let server = Server::start().await;
    let (operator, id) = (server.anonymous().bearer(OPERATOR), Uuid::now_v7());
    assert_eq!(operator.put(&format!("/tenants/{id}")).await.with(201), json!({ "id": id }));
    assert_eq!(operator.put(&format!("/tenants/{id}")).await.with(200), json!({ "id": id }));
    server
        .unchanged(async {
            for bad in ["acme", "00000000-0000-0000-0000-000000000000", "%7B%7D"] {
                let answer = operator.put(&format!("/tenants/{bad}")).await;
                assert_eq!(answer.problem(), (400, "VALIDATION_FAILED".to_owned()), "{bad}");
            }
        })
        .await;
}
