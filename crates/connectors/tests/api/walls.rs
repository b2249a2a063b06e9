//! What one tenant has, another cannot tell from what does not exist.

use crate::support::{Answer, Client, Server};
use kernel::UserId;
use uuid::Uuid;

async fn all_routes(caller: &Client, id: &str) -> Vec<Answer> {
    vec![
        caller.get(&format!("/connections/{id}")).await,
        caller.post_nothing(&format!("/connections/{id}/refresh")).await,
        caller.delete(&format!("/connections/{id}")).await,
        caller.get(&format!("/proxy/{id}/user")).await,
    ]
}

/// Every id of tenant A under B's credentials is answered like an id that was never given out, and nothing moves.
#[tokio::test]
async fn another_tenants_ids_do_not_exist() {
    let server = Server::start().await;
    let (ours, theirs) = (server.tenant().await, server.tenant().await);
    let theirs_id = server.connected(theirs, "linear", "ann").await["id"].as_str().unwrap().to_owned();
    let member = server.member(UserId::generate());
    member.get("/connections").await.with(200);
    let unknown = Uuid::now_v7().to_string();
    server
        .unchanged(async {
            for caller in [server.operator(ours), member] {
                let foreign = all_routes(&caller, &theirs_id).await;
                for (foreign, none) in foreign.iter().zip(all_routes(&caller, &unknown).await) {
                    assert_eq!(foreign.problem(), (404, "CONNECTION_NOT_FOUND".to_owned()));
                    assert_eq!(foreign.anonymous_problem(), none.anonymous_problem());
                }
                for id in [&theirs_id, &unknown] {
                    let page = caller.get(&format!("/signals?connection_id={id}")).await.with(200);
                    assert_eq!(page, serde_json::json!({"signals": [], "next_cursor": null}));
                }
                assert_eq!(caller.get("/connections").await.with(200)["connections"], serde_json::json!([]));
            }
            let operator = server.operator(ours);
            let vend = async |id: &str| operator.get(&format!("/oauth/token/linear?connection_id={id}")).await;
            let (foreign, none) = (vend(&theirs_id).await, vend(&unknown).await);
            assert_eq!(foreign.problem(), (404, "CONNECTION_NOT_FOUND".to_owned()));
            assert_eq!(foreign.anonymous_problem(), none.anonymous_problem());
        })
        .await;
    server.connection(theirs, &serde_json::json!(theirs_id)).await;
}
