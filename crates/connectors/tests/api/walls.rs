//! What one tenant has, another cannot tell from what does not exist.

use crate::support::{Answer, Client, Deliveries, Server};
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

/// The same for what is no connection: what each answers for an id, and the code of it.
async fn other_routes(caller: &Client, event: &str, subscription: &str) -> Vec<(Answer, &'static str)> {
    vec![
        (caller.get(&format!("/events/{event}")).await, "EVENT_NOT_FOUND"),
        (caller.post_nothing(&format!("/events/{event}/replay")).await, "EVENT_NOT_FOUND"),
        (caller.get(&format!("/subscriptions/{subscription}")).await, "SUBSCRIPTION_NOT_FOUND"),
        (caller.delete(&format!("/subscriptions/{subscription}")).await, "SUBSCRIPTION_NOT_FOUND"),
        (caller.post_nothing(&format!("/subscriptions/{subscription}/secret")).await, "SUBSCRIPTION_NOT_FOUND"),
        (caller.post_nothing(&format!("/subscriptions/{subscription}/replay")).await, "SUBSCRIPTION_NOT_FOUND"),
    ]
}

/// Events and subscriptions of another tenant do not exist either.
#[tokio::test]
async fn another_tenants_events_and_subscriptions_do_not_exist() {
    let server = Server::start().await;
    let (ours, theirs) = (server.tenant().await, server.tenant().await);
    let push = serde_json::json!({"ref": "refs/heads/main"});
    Deliveries::to(&server, &format!("/webhooks/github/{theirs}")).send("push", "1", &push).await.with(200);
    let event = server.operator(theirs).get("/events").await.with(200)["events"][0]["id"].as_str().unwrap().to_owned();
    let subscription = server.subscribed_to(theirs, "https://hooks.example.com/").await;
    let subscription = subscription["id"].as_str().unwrap();
    let member = server.member(UserId::generate());
    member.get("/connections").await.with(200);
    let unknown = Uuid::now_v7().to_string();
    server
        .unchanged(async {
            for caller in [server.operator(ours), member] {
                let foreign = other_routes(&caller, &event, subscription).await;
                let none = other_routes(&caller, &unknown, &unknown).await;
                for ((foreign, code), (none, _)) in foreign.iter().zip(none) {
                    assert_eq!(foreign.problem(), (404, (*code).to_owned()));
                    assert_eq!(foreign.anonymous_problem(), none.anonymous_problem());
                }
                assert_eq!(caller.get("/events").await.with(200)["events"], serde_json::json!([]));
                assert_eq!(caller.get("/subscriptions").await.with(200)["subscriptions"], serde_json::json!([]));
            }
        })
        .await;
}

/// A connection of another tenant is no source of tools, whoever may see it there.
#[tokio::test]
async fn another_tenants_tools_do_not_exist() {
    let server = Server::start().await;
    let theirs = server.connected(server.tenant().await, "linear", "ann").await;
    let member = server.member(UserId::generate());
    let sources = member.get("/agent/tools").await.with(200)["sources"].as_array().unwrap().len();
    let put = async |id: &serde_json::Value| {
        let entry = serde_json::json!({"source": id, "name": "list_issues", "fingerprint": "0".repeat(64), "approval": "never"});
        member.put_json("/agent/tools", &serde_json::json!({"tools": [entry]})).await
    };
    server
        .unchanged(async {
            let (foreign, none) = (put(&theirs["id"]).await, put(&serde_json::json!(Uuid::now_v7())).await);
            assert_eq!(foreign.problem(), (400, "VALIDATION_FAILED".to_owned()));
            assert_eq!((foreign.anonymous_problem(), sources), (none.anonymous_problem(), 1));
        })
        .await;
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
