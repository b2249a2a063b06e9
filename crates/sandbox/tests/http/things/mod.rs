//! What people keep at the vendors, and who is told when it changes.

mod calendar;
mod confluence;
mod drive;
mod github;
mod jira;
mod linear;
mod mail;
mod pubsub;
mod records;
mod slack;
mod spotify;
mod zoho_watches;

use crate::{
    connect::{Connect, connect_config, text},
    receiver::{Receiver, receiver},
    support::{Answer, Sandbox, answer, start},
};
use reqwest::{Method, StatusCode};
use sandbox::Config;
use serde_json::{Value, json};

/// A sandbox, and the access token of a connection with these scopes.
async fn connected(vendor: Connect, scope: &str) -> (Sandbox, String) {
    let sandbox = start(connect_config()).await;
    let token = token(&sandbox, vendor, scope).await;
    (sandbox, token)
}

async fn token(sandbox: &Sandbox, vendor: Connect, scope: &str) -> String {
    text(&sandbox.join(vendor, &[("scope", Some(scope))]).await, "access_token")
}

/// The same with somebody who receives notifications.
async fn watched(vendor: Connect, scope: &str) -> (Sandbox, String, Receiver) {
    let receiver = receiver().await;
    let sandbox = start(Config { webhook_base: Some(receiver.base.clone()), ..connect_config() }).await;
    let token = token(&sandbox, vendor, scope).await;
    (sandbox, token, receiver)
}

impl Sandbox {
    /// The default person does something with their things.
    async fn change(&self, vendor: &str, order: Value) -> Value {
        let done = self.control(&format!("{vendor}/data"), order).await;
        assert_eq!(done.status, StatusCode::OK, "{}", done.body);
        done.body
    }

    async fn send(&self, method: Method, path: &str, token: &str, body: Value) -> Answer {
        let request = self.client.request(method, self.url(path)).bearer_auth(token).json(&body);
        answer(request.send().await.unwrap()).await
    }

    async fn forget(&self, path: &str) -> StatusCode {
        self.client.delete(self.url(&format!("/_control/{path}"))).send().await.unwrap().status()
    }
}

/// One member of each thing of a list.
fn each(list: &Value, name: &str) -> Vec<String> {
    list.as_array().into_iter().flatten().map(|thing| text(thing, name)).collect()
}

/// The next delivery is what comes first: nothing was sent in between.
fn nothing_came(receiver: &mut Receiver) -> bool {
    receiver.deliveries.try_recv().is_err()
}

/// An order that cannot be carried out says why.
#[tokio::test]
async fn orders_are_checked() {
    let sandbox = start(connect_config()).await;
    let create = |kind: &str| json!({"kind": kind, "op": "create"});
    for (vendor, order, status) in [
        ("google", create("sheet"), 400),
        ("google", json!({"kind": "drive", "op": "update", "id": "nobody"}), 404),
        ("google", json!({"kind": "drive", "op": "delete"}), 404),
        ("google", json!({"kind": "drive", "op": "create", "count": 0}), 400),
        ("google", json!({"kind": "drive", "op": "create", "count": 2, "id": "one"}), 409),
        ("google", json!({"kind": "mail", "op": "create", "item": {"Subject": "x"}}), 400),
        ("zoho", create("Invoices"), 400),
        ("spotify", json!({"kind": "play", "op": "delete", "id": "x"}), 400),
        ("atlassian", json!({"kind": "issue", "op": "create", "site": 1}), 400),
        ("atlassian", json!({"kind": "page", "op": "create", "id": "home"}), 400),
        ("slack", create("file"), 400),
        ("slack", json!({"kind": "message", "op": "create", "item": {"channel": "C0"}}), 400),
        ("slack", json!({"kind": "message", "op": "delete", "id": "C0:1.000000"}), 404),
        ("linear", create("cycle"), 400),
        ("linear", create("comment"), 400),
        ("linear", json!({"kind": "issue", "op": "create", "item": {"team": {"key": "NONE"}}}), 400),
        ("github", create("gist"), 400),
        ("github", json!({"kind": "issue", "op": "create", "item": {"repository": "nobody/nothing"}}), 404),
    ] {
        let refused = sandbox.control(&format!("{vendor}/data"), order.clone()).await;
        assert_eq!(refused.status.as_u16(), status, "{vendor} {order}: {}", refused.body);
    }
    assert_eq!(sandbox.get("/_control/linear/watches").await.status(), StatusCode::NOT_FOUND);
    assert_eq!(sandbox.forget("google/watches/nobody").await, StatusCode::NOT_FOUND);
}

/// An API whose quota is used up says so as its vendor does: a 403 is not always about a scope.
#[tokio::test]
async fn a_used_up_quota_is_told_in_each_vendors_words() {
    let sandbox = start(connect_config()).await;
    for (vendor, path, status, pointer, word) in [
        ("google", "/google/drive/v3/files", 403, "/error/errors/0/reason", "userRateLimitExceeded"),
        ("zoho", "/zoho/us/api/crm/v8/Leads", 429, "/code", "TOO_MANY_REQUESTS"),
        ("spotify", "/spotify/v1/me/tracks", 429, "/error/message", "API rate limit exceeded"),
        ("atlassian", "/atlassian/me", 429, "/message", "Rate Limit Exceeded"),
    ] {
        sandbox.control(&format!("{vendor}/faults"), json!({"on": "api", "kind": "quota_exceeded"})).await;
        let response = sandbox.get(path).await;
        let reset = response.headers().get("x-ratelimit-reset").map(|reset| reset.to_str().unwrap().to_owned());
        let refused = answer(response).await;
        assert_eq!((refused.status.as_u16(), refused.body.pointer(pointer)), (status, Some(&json!(word))), "{vendor}");
        assert_eq!(reset.is_some_and(|reset| reset.ends_with(":00Z") && reset.len() == 17), vendor == "atlassian");
    }
}

/// Faults are for these paths as for all others of an API.
#[tokio::test]
async fn faults_meet_the_things_too() {
    let (sandbox, token) = connected(crate::connect::SPOTIFY, "user-library-read").await;
    sandbox.control("spotify/faults", json!({"on": "api", "kind": "status_429", "retry_after_seconds": 7})).await;
    assert_eq!(sandbox.read("/spotify/v1/me/tracks", &token).await.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(sandbox.read("/spotify/v1/me/tracks", &token).await.status, StatusCode::OK);
}
