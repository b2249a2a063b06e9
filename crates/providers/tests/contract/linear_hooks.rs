//! Webhooks of a workspace, registered at Linear.

use crate::{
    fixtures::vendor,
    vendor_server::{Asked, VendorServer},
};
use providers::{CallError, Order, Registered, Registrar, Renewal, Standing, Watch};
use serde_json::{Value, json};
use url::Url;

const CALLBACK: &str = "https://connectors.example/webhooks/linear/hook-1";

fn registrar() -> &'static dyn Registrar {
    vendor("linear").vendor.webhooks().unwrap().registrar().unwrap()
}

fn hook(id: &str) -> Registered {
    Registered { external_id: id.to_owned(), resource: None, expires_at: None }
}

fn refusal() -> (u16, Value) {
    (200, json!({"data": null, "errors": [{"message": "…", "extensions": {"type": "forbidden", "statusCode": 403}}]}))
}

/// A workspace with two hooks on two pages, the second at our address.
fn answer(asked: &Asked) -> (u16, Value) {
    let node = |id: &str, url: Value, enabled: bool| json!({"id": id, "url": url, "enabled": enabled});
    let page = |nodes: Value, next: Value| json!({"data": {"webhooks": {"nodes": nodes, "pageInfo": {"hasNextPage": !next.is_null(), "endCursor": next}}}});
    let done = |what: &str, id: &str| json!({"data": {what: {"success": true, "webhook": {"id": id}}}});
    let input = &asked.body["variables"]["input"];
    let answer = match () {
        () if asked.says("webhookUpdate") => {
            assert_eq!(asked.body["variables"]["id"], "w2");
            assert_eq!((&input["enabled"], &input["secret"]), (&json!(true), &json!("agreed on")));
            assert!(input.get("allPublicTeams").is_none(), "an update takes no team");
            done("webhookUpdate", "w2")
        }
        () if asked.says("webhookDelete") && asked.says("w2") => json!({"data": {"webhookDelete": {"success": true}}}),
        () if asked.says("webhookDelete") => return refusal(),
        () if asked.body["variables"]["after"].is_null() => page(json!([node("w1", Value::Null, true)]), json!("p2")),
        () => {
            page(json!([node("w2", json!(CALLBACK), false), node("w3", json!("https://x.example"), true)]), Value::Null)
        }
    };
    (200, answer)
}

async fn register(server: &VendorServer) -> Result<Registered, CallError> {
    let callback: Url = CALLBACK.parse().unwrap();
    let secret = "agreed on".into();
    let order = Order { target: "o1", callback: &callback, id: "0", secret: &secret };
    registrar().register(server.call(), order).await
}

/// Who may see the hooks may make one; a grant that may not is no worse for it. The app's own webhook reaches everybody already.
#[tokio::test]
async fn a_workspace_is_watched_where_the_grant_allows_it() {
    let may = |_: &Asked| (200, json!({"data": {"organization": {"id": "o1"}, "webhooks": {"nodes": []}}}));
    let server = VendorServer::of("linear", may).await;
    assert_eq!(registrar().wanted(server.call(), &[]).await.unwrap(), [Watch { target: "o1".to_owned() }]);
    let server = VendorServer::of("linear", |_| refusal()).await;
    assert_eq!(registrar().wanted(server.call(), &[]).await.unwrap(), []);
    let server = VendorServer::of("linear", |_| (401, json!({}))).await;
    assert!(matches!(registrar().wanted(server.call(), &[]).await, Err(CallError::Unauthorized)));
    let server = VendorServer::of("linear", may).await.with_a_webhook_secret();
    assert_eq!(registrar().wanted(server.call(), &[]).await.unwrap(), []);
    assert_eq!(server.asked(), Vec::<String>::new());
}

/// For what is read, with the secret that was agreed on, in all public teams.
#[tokio::test]
async fn a_hook_is_registered() {
    let server = VendorServer::of("linear", |asked| {
        if asked.says("webhookCreate") {
            let input = &asked.body["variables"]["input"];
            assert_eq!((&input["url"], &input["secret"]), (&json!(CALLBACK), &json!("agreed on")));
            assert_eq!((&input["enabled"], &input["allPublicTeams"]), (&json!(true), &json!(true)));
            assert!(input["resourceTypes"].as_array().unwrap().contains(&json!("IssueSLA")));
            return (200, json!({"data": {"webhookCreate": {"success": true, "webhook": {"id": "w9"}}}}));
        }
        (200, json!({"data": {"webhooks": {"nodes": [], "pageInfo": {"hasNextPage": false, "endCursor": null}}}}))
    })
    .await;
    assert_eq!(register(&server).await.unwrap(), hook("w9"));
}

/// One at the same address is ours, from an answer that was lost: it takes the new secret and is switched on.
#[tokio::test]
async fn a_hook_that_is_registered_already_is_found() {
    let server = VendorServer::of("linear", answer).await;
    assert_eq!(register(&server).await.unwrap(), hook("w2"));
}

/// Not done is not done, whatever the status says; and a list without an end is none.
#[tokio::test]
async fn a_hook_that_is_not_registered_is_an_error() {
    let server = VendorServer::of("linear", |asked| {
        if asked.says("webhookCreate") {
            return (200, json!({"data": {"webhookCreate": {"success": false, "webhook": {"id": "w9"}}}}));
        }
        (200, json!({"data": {"webhooks": {"nodes": [], "pageInfo": {"hasNextPage": false}}}}))
    })
    .await;
    assert!(matches!(register(&server).await, Err(CallError::Refused)));
    let endless = json!({"data": {"webhooks": {"nodes": [], "pageInfo": {"hasNextPage": true, "endCursor": "x"}}}});
    let server = VendorServer::of("linear", move |_| (200, endless.clone())).await;
    assert!(matches!(register(&server).await, Err(CallError::Unreadable)));
    assert_eq!(server.asked().len(), 20);
}

/// What Linear has switched off, and what it has no more, has to be registered anew.
#[tokio::test]
async fn a_hook_stands_while_it_is_enabled() {
    let server = VendorServer::of("linear", answer).await;
    let look = async |id: &str| registrar().look(server.call(), "o1", &hook(id)).await.unwrap();
    assert_eq!(look("w3").await, Standing::Good { expires_at: None });
    assert_eq!(look("w2").await, Standing::Missing);
    assert_eq!(look("w4").await, Standing::Missing);
    let renewed = registrar().renew(server.call(), &hook("w3")).await.unwrap();
    assert_eq!(renewed, Renewal::Extended { expires_at: None });
}

/// One that is gone is removed; one that is still there and may not be is not.
#[tokio::test]
async fn a_hook_is_removed() {
    let server = VendorServer::of("linear", answer).await;
    let remove = async |id: &str| registrar().remove(server.call(), "o1", &hook(id)).await;
    remove("w2").await.unwrap();
    remove("w4").await.unwrap();
    assert!(matches!(remove("w3").await, Err(CallError::Refused)));
}
