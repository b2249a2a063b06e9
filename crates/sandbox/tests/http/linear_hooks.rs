//! Linear's webhooks by GraphQL.

use crate::{
    receiver::{Receiver, receiver},
    support::{Answer, LINEAR, Sandbox, answer, config, pair, query, start},
};
use kernel::Secret;
use reqwest::StatusCode;
use sandbox::{Config, sign_linear};
use serde_json::{Value, json};

const CREATE: &str = "mutation Make($in: WebhookCreateInput!) {
    webhookCreate(input: $in) { success webhook { id enabled secret resourceTypes url } }
}";

async fn scene() -> (Sandbox, Receiver) {
    let receiver = receiver().await;
    let sandbox = start(Config { webhook_base: Some(receiver.base.clone()), ..config() }).await;
    (sandbox, receiver)
}

impl Sandbox {
    /// A token of this person with these scopes.
    async fn linear_token(&self, account: &str, scope: &str) -> String {
        let changes =
            [("scope", Some(scope)), ("sandbox_consent", Some("approve")), ("sandbox_account", Some(account))];
        let back = self.client.get(self.authorize_url(LINEAR, &changes)).send().await.unwrap();
        pair(&self.exchange(LINEAR, &query(&back)["code"]).await.body).0
    }

    async fn graphql(&self, token: &str, query: &str, variables: Value) -> Answer {
        let body = json!({"query": query, "variables": variables});
        let request = self.client.post(self.url("/linear/graphql")).bearer_auth(token).json(&body);
        answer(request.send().await.unwrap()).await
    }
}

/// A hook is made, listed, changed and deleted, each time answered with what was asked for.
#[tokio::test]
async fn a_webhook_lives_its_life_by_graphql() {
    let (sandbox, receiver) = scene().await;
    let token = sandbox.linear_token("ann", "read,admin").await;
    let url = receiver.url("/webhooks/linear/T?x=1");
    let input = json!({"url": url, "allPublicTeams": true, "resourceTypes": ["Issue", "Comment"], "label": "ours"});
    let made = sandbox.graphql(&token, CREATE, json!({"in": input})).await.body;
    let webhook = &made["data"]["webhookCreate"]["webhook"];
    let (id, secret) = (webhook["id"].as_str().unwrap(), webhook["secret"].as_str().unwrap());
    assert!(secret.starts_with("lin_wh_"));
    let told = json!({
        "id": id, "enabled": true, "secret": secret, "resourceTypes": ["Issue", "Comment"], "url": url,
    });
    assert_eq!(made, json!({"data": {"webhookCreate": {"success": true, "webhook": told}}}));

    let list = "{ webhooks(first: 50) { nodes { id label team { id } } pageInfo { hasNextPage } } }";
    let listed = sandbox.graphql(&token, list, json!({})).await.body;
    let nodes = json!([{"id": id, "label": "ours", "team": null}]);
    assert_eq!(listed, json!({"data": {"webhooks": {"nodes": nodes, "pageInfo": {"hasNextPage": false}}}}));

    let update = "mutation($id: String!, $in: WebhookUpdateInput!) {
        changed: webhookUpdate(id: $id, input: $in) { success webhook { secret enabled label } } }";
    let change = json!({"id": id, "in": {"secret": "new", "enabled": false}});
    let changed = sandbox.graphql(&token, update, change).await.body["data"]["changed"]["webhook"].clone();
    assert_eq!(changed, json!({"secret": "new", "enabled": false, "label": "ours"}));

    let delete = "mutation($id: String!) { webhookDelete(id: $id) { success } }";
    let deleted = sandbox.graphql(&token, delete, json!({"id": id})).await.body;
    assert_eq!(deleted, json!({"data": {"webhookDelete": {"success": true}}}));
    let again = sandbox.graphql(&token, delete, json!({"id": id})).await;
    assert_eq!((again.status, &again.body["data"]), (StatusCode::OK, &Value::Null));
    assert_eq!(again.body["errors"][0]["message"], "Entity not found: Webhook");
}

/// Each hook is sent what it was registered for, at its address and with its secret, old secrets being worth nothing.
#[tokio::test]
async fn each_hook_has_its_own_address_and_secret() {
    let (sandbox, mut receiver) = scene().await;
    let token = sandbox.linear_token("ann", "read,admin").await;
    let mut ids = Vec::new();
    for (path, secret) in [("/webhooks/linear/A?k=1", "one"), ("/webhooks/linear/B", "two")] {
        let input = json!({"url": receiver.url(path), "teamId": "t1", "resourceTypes": ["Issue"], "secret": secret});
        let made = sandbox.graphql(&token, CREATE, json!({"in": input})).await.body;
        ids.push(made["data"]["webhookCreate"]["webhook"]["id"].as_str().unwrap().to_owned());
    }
    let order = json!({"event": "Issue", "payload": {"action": "create"}, "delivery_id": "d-1"});
    for (id, path, query, secret) in
        [(&ids[0], "/webhooks/linear/A", Some("k=1"), "one"), (&ids[1], "/webhooks/linear/B", None, "two")]
    {
        let sent = sandbox.control(&format!("linear/hooks/{id}/deliver"), order.clone()).await;
        assert_eq!(sent.body["status"], 202);
        let delivery = receiver.deliveries.recv().await.unwrap();
        assert_eq!((delivery.path.as_str(), delivery.query.as_deref()), (path, query));
        assert_eq!(delivery.header("linear-signature"), sign_linear(&Secret::from(secret), &delivery.body));
        let body = delivery.json();
        assert_eq!((&body["webhookId"], &body["type"]), (&json!(id), &json!("Issue")));
        assert!(body["organizationId"].is_string() && body["webhookTimestamp"].is_i64());
    }
    let other = json!({"event": "Comment", "payload": {}});
    let refused = sandbox.control(&format!("linear/hooks/{}/deliver", ids[0]), other).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    let off = "mutation($id: String!) { webhookUpdate(id: $id, input: {enabled: false}) { success } }";
    sandbox.graphql(&token, off, json!({"id": ids[0]})).await;
    assert_eq!(sandbox.control(&format!("linear/hooks/{}/deliver", ids[0]), order).await.status, StatusCode::CONFLICT);
}

/// Without the scope nothing of it can be had, and another workspace's hooks are not there.
#[tokio::test]
async fn webhooks_need_the_admin_scope_and_their_own_workspace() {
    let (sandbox, receiver) = scene().await;
    let plain = sandbox.linear_token("ann", "read,write").await;
    let input = json!({"url": receiver.url("/w"), "allPublicTeams": true, "resourceTypes": ["Issue"]});
    for (query, variables) in [(CREATE, json!({"in": input})), ("{ webhooks { nodes { id } } }", json!({}))] {
        let refused = sandbox.graphql(&plain, query, variables).await.body;
        assert_eq!(refused["data"], Value::Null);
        assert_eq!(refused["errors"][0]["extensions"]["type"], "forbidden");
    }
    let ann = sandbox.linear_token("ann", "read,admin").await;
    sandbox.graphql(&ann, CREATE, json!({"in": input})).await;
    let bob = sandbox.linear_token("bob", "read,admin").await;
    let listed = sandbox.graphql(&bob, "{ webhooks { nodes { id } } }", json!({})).await.body;
    assert_eq!(listed["data"]["webhooks"]["nodes"], json!([]));
}

/// Input that Linear would refuse is said by name, and makes nothing.
#[tokio::test]
async fn faulty_input_is_refused() {
    let (sandbox, receiver) = scene().await;
    let token = sandbox.linear_token("ann", "read,admin").await;
    let good = json!({"url": receiver.url("/w"), "allPublicTeams": true, "resourceTypes": ["Issue"]});
    for (field, value) in [
        ("url", json!("https://elsewhere.example/w")),
        ("resourceTypes", json!(["Team"])),
        ("resourceTypes", json!([])),
        ("allPublicTeams", json!(false)),
        ("teamId", json!("t1")),
        ("secret", json!("")),
        ("unknown", json!(1)),
    ] {
        let mut input = good.clone();
        input[field] = value;
        let refused = sandbox.graphql(&token, CREATE, json!({"in": input})).await.body;
        assert_eq!(refused["errors"][0]["extensions"]["code"], "INPUT_ERROR", "{field}: {refused}");
    }
    for query in
        [CREATE, "mutation { viewer { id } }", "{ webhookCreate(input: {}) { success } }", "{ viewer { rocket } }"]
    {
        let refused = sandbox.graphql(&token, query, json!({})).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{query}");
        assert_eq!(refused.body["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED");
    }
    for wrong in ["webhook { rocket }", "webhook", "webhook { team }", "webhook { id { x } }"] {
        let query = CREATE.replace("webhook { id enabled secret resourceTypes url }", wrong);
        let refused = sandbox.graphql(&token, &query, json!({"in": good})).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{wrong}: {}", refused.body);
    }
    let listed = sandbox.graphql(&token, "{ webhooks { nodes { id } } }", json!({})).await.body;
    assert_eq!(listed["data"]["webhooks"]["nodes"], json!([]));
}
