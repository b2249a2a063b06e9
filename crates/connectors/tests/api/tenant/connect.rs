use crate::support::Server;
use kernel::UserId;
use serde_json::json;

/// Wishes that cannot be fulfilled say which part is wrong.
#[tokio::test]
async fn a_wish_that_cannot_be_used_is_refused() {
    let server = Server::start().await;
    let member = server.member(UserId::generate());
    member.get("/connections").await.with(200);
    server
        .unchanged(async {
            for (wish, pointer) in [
                (json!({"scopes": ["a b"]}), "#/scopes"),
                (json!({"scopes": [""]}), "#/scopes"),
                (json!({"scopes": vec!["x"; 101]}), "#/scopes"),
                (json!({"label": "a\nb"}), "#/label"),
                (json!({"label": "x".repeat(101)}), "#/label"),
            ] {
                let answer = member.post("/connect/linear", &wish).await;
                assert_eq!(answer.problem(), (400, "VALIDATION_FAILED".to_owned()), "{wish}");
                assert_eq!(answer.json()["errors"][0]["pointer"], pointer);
            }
            let answer = member.post("/connect/linear", &json!({"kind": "installation"})).await;
            assert_eq!(answer.problem(), (409, "PROVIDER_NOT_CONFIGURED".to_owned()));
        })
        .await;
}
