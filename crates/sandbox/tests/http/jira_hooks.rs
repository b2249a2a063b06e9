//! Jira's dynamic webhooks and its projects.

use crate::{
    connect::{ATLASSIAN, connect_config, text},
    receiver::{Receiver, receiver},
    support::{Answer, Sandbox, answer, start},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{Clock, Secret};
use reqwest::{Method, StatusCode};
use sandbox::{Config, sign_github, sign_linear};
use serde_json::{Value, json};

const SCOPE: &str = "read:me read:jira-work manage:jira-webhook offline_access";
const DAY: i64 = 86_400;

struct Scene {
    sandbox: Sandbox,
    receiver: Receiver,
    token: String,
    /// The REST API of the person's site.
    api: String,
}

async fn scene() -> Scene {
    let receiver = receiver().await;
    let sandbox = start(Config { webhook_base: Some(receiver.base.clone()), ..connect_config() }).await;
    let token = text(&sandbox.join(ATLASSIAN, &[("scope", Some(SCOPE))]).await, "access_token");
    let site = sandbox.read("/atlassian/oauth/token/accessible-resources", &token).await.body;
    let api = format!("/atlassian/ex/jira/{}/rest/api/3", text(&site[0], "id"));
    Scene { sandbox, receiver, token, api }
}

impl Scene {
    async fn call(&self, method: Method, path: &str, body: &Value) -> Answer {
        let url = self.sandbox.url(&format!("{}{path}", self.api));
        answer(self.sandbox.client.request(method, url).bearer_auth(&self.token).json(body).send().await.unwrap()).await
    }

    async fn register(&self, path: &str, items: &[(&str, &str)]) -> Answer {
        let webhooks: Vec<_> =
            items.iter().map(|(event, filter)| json!({"events": [event], "jqlFilter": filter})).collect();
        self.call(Method::POST, "/webhook", &json!({"url": self.receiver.url(path), "webhooks": webhooks})).await
    }

    async fn numbers(&self) -> Vec<u64> {
        let listed = self.sandbox.read(&format!("{}/webhook?startAt=0&maxResults=100", self.api), &self.token).await;
        assert_eq!(listed.body["isLast"], true);
        listed.body["values"].as_array().unwrap().iter().map(|each| each["id"].as_u64().unwrap()).collect()
    }

    /// The id of the first hook, as the control endpoints have it.
    async fn first(&self) -> String {
        let listed = answer(self.sandbox.get("/_control/atlassian/hooks").await).await.body;
        text(&listed[0], "id")
    }
}

const CREATED: (&str, &str) = ("jira:issue_created", "project IN (ED, OPS)");

/// Every item is answered by itself, in order, and the whole is 200 in any case.
#[tokio::test]
async fn each_item_is_answered_by_itself() {
    let scene = scene().await;
    let items = [CREATED, ("jira:issue_updated", "watchCount = 1"), ("worklog_created", "project = ED"), CREATED];
    let answer = scene.register("/webhooks/jira?c=1&sig=x", &items).await;
    assert_eq!(answer.status, StatusCode::OK);
    let results = json!([
        {"createdWebhookId": 1000}, {"errors": ["The clause watchCount is unsupported"]},
        {"errors": ["The event worklog_created is unsupported"]}, {"createdWebhookId": 1001},
    ]);
    assert_eq!(answer.body, json!({"webhookRegistrationResult": results}));
    let listed = scene.sandbox.read(&format!("{}/webhook?maxResults=1", scene.api), &scene.token).await.body;
    assert_eq!((&listed["total"], &listed["isLast"]), (&json!(2), &json!(false)));
    let mut first = listed["values"][0].clone();
    assert!(first["expirationDate"].take().is_i64());
    assert_eq!(
        first,
        json!({
            "id": 1000, "url": scene.receiver.url("/webhooks/jira?c=1&sig=x"), "events": ["jira:issue_created"],
            "jqlFilter": "project IN (ED, OPS)", "fieldIdsFilter": [], "issuePropertyKeysFilter": [],
            "expirationDate": null,
        })
    );
}

/// Five hooks and no sixth, one address apart from its query, and it is where webhooks are delivered.
#[tokio::test]
async fn five_hooks_and_one_address() {
    let scene = scene().await;
    let results = scene.register("/webhooks/jira?a=1", &[CREATED; 6]).await.body["webhookRegistrationResult"].clone();
    assert!(results[4]["createdWebhookId"].is_u64() && results[5]["errors"].is_array(), "{results}");
    let other_address = scene.register("/webhooks/other", &[CREATED]).await;
    assert_eq!(other_address.status, StatusCode::BAD_REQUEST);
    assert!(other_address.body["errorMessages"][0].is_string());
    let other_query = scene.register("/webhooks/jira?a=2", &[CREATED]).await;
    assert_eq!(other_query.status, StatusCode::OK);
    let elsewhere = json!({"url": "https://elsewhere.example/w", "webhooks": [{"events": ["x"], "jqlFilter": "y"}]});
    for body in [elsewhere, json!({"url": scene.receiver.url("/w"), "webhooks": []}), json!({})] {
        assert_eq!(scene.call(Method::POST, "/webhook", &body).await.status, StatusCode::BAD_REQUEST, "{body}");
    }
}

/// Thirty days end a hook, a refresh gives thirty more, and ids that are not known are passed over.
#[tokio::test]
async fn thirty_days_end_a_hook_unless_it_is_refreshed() {
    let scene = scene().await;
    scene.register("/webhooks/jira", &[CREATED, CREATED]).await;
    scene.sandbox.control("clock", json!({"advance_seconds": 50 * 60})).await;
    let refreshed = scene.call(Method::PUT, "/webhook/refresh", &json!({"webhookIds": [1001, 7]})).await;
    assert_eq!(refreshed.status, StatusCode::OK);
    let ends = refreshed.body["expirationDate"].as_i64().unwrap() / 1000;
    assert!((ends - Clock::system().now().timestamp() - 30 * DAY - 3000).abs() < 60);
    assert_eq!(scene.numbers().await, [1000, 1001]);
    // The access token has ended by then; the next one sees what is left.
    scene.sandbox.control("clock", json!({"advance_seconds": 30 * DAY - 50 * 60})).await;
    let order = json!({"event": "jira:issue_created", "payload": {}});
    let path = format!("atlassian/hooks/{}/deliver", scene.first().await);
    assert_eq!(scene.sandbox.control(&path, order).await.status, StatusCode::CONFLICT);
    let token = text(&scene.sandbox.join(ATLASSIAN, &[("scope", Some(SCOPE))]).await, "access_token");
    let scene = Scene { token, ..scene };
    assert_eq!(scene.numbers().await, [1001]);
    let late = scene.call(Method::PUT, "/webhook/refresh", &json!({"webhookIds": [1000]})).await;
    assert_eq!((late.status, scene.numbers().await), (StatusCode::OK, vec![1001]));
    let deleted = scene.call(Method::DELETE, "/webhook", &json!({"webhookIds": [1001, 7]})).await;
    assert_eq!((deleted.status, scene.numbers().await), (StatusCode::ACCEPTED, vec![]));
}

/// Hooks need both classic scopes or the granular one, and the person's own site.
#[tokio::test]
async fn hooks_need_their_scopes_and_their_site() {
    let scene = scene().await;
    let path = format!("{}/webhook", scene.api);
    for (scope, status) in [
        ("read:jira-work", StatusCode::UNAUTHORIZED),
        ("manage:jira-webhook", StatusCode::UNAUTHORIZED),
        ("read:webhook:jira", StatusCode::OK),
    ] {
        let token = text(&scene.sandbox.join(ATLASSIAN, &[("scope", Some(scope))]).await, "access_token");
        assert_eq!(scene.sandbox.read(&path, &token).await.status, status, "{scope}");
    }
    let other = [("scope", Some(SCOPE)), ("sandbox_account", Some("bob"))];
    let bob = text(&scene.sandbox.join(ATLASSIAN, &other).await, "access_token");
    assert_eq!(scene.sandbox.read(&path, &bob).await.status, StatusCode::NOT_FOUND);
}

/// Two sites give the same numbers; only the control endpoints tell their hooks apart.
#[tokio::test]
async fn every_site_counts_for_itself() {
    let scene = scene().await;
    scene.sandbox.control("atlassian/settings", json!({"sites": 2})).await;
    let sites = scene.sandbox.read("/atlassian/oauth/token/accessible-resources", &scene.token).await.body;
    let api = format!("/atlassian/ex/jira/{}/rest/api/3", text(&sites[1], "id"));
    scene.register("/webhooks/jira?s=1", &[CREATED]).await;
    let scene = Scene { api, ..scene };
    scene.register("/webhooks/jira?s=2", &[CREATED]).await;
    let listed = answer(scene.sandbox.get("/_control/atlassian/hooks").await).await.body;
    assert_eq!((&listed[0]["number"], &listed[1]["number"]), (&json!(1000), &json!(1000)));
    assert_ne!((&listed[0]["id"], &listed[0]["place"]), (&listed[1]["id"], &listed[1]["place"]));
}

/// A hook's delivery brings a token that the client's secret signed, at the registered address with its query.
#[tokio::test]
async fn a_delivery_brings_a_token_of_the_clients_secret() {
    let mut scene = scene().await;
    scene.register("/webhooks/jira?c=1&sig=x", &[CREATED]).await;
    for tamper in [false, true] {
        let order = json!({
            "hook": scene.first().await, "event": "jira:issue_created", "payload": {"issue": {"id": "1"}},
            "delivery_id": "d-1", "retry": 1, "tamper": tamper,
        });
        assert_eq!(scene.sandbox.control("atlassian/webhook", order).await.body["status"], 202);
        let delivery = scene.receiver.deliveries.recv().await.unwrap();
        assert_eq!((delivery.path.as_str(), delivery.query.as_deref()), ("/webhooks/jira", Some("c=1&sig=x")));
        let names = ["x-atlassian-webhook-identifier", "x-atlassian-webhook-retry", "x-atlassian-webhook-flow"];
        assert_eq!(names.map(|name| delivery.header(name)), ["d-1", "1", "Primary"]);
        let mut body = delivery.json();
        assert!(body["timestamp"].take().is_i64());
        let told = json!({
            "issue": {"id": "1"}, "webhookEvent": "jira:issue_created", "matchedWebhookIds": [1000], "timestamp": null,
        });
        assert_eq!(body, told);

        let token = delivery.header("authorization").strip_prefix("Bearer ").unwrap();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let expected = hex::decode(sign_linear(&Secret::from("connect secret"), signed.as_bytes())).unwrap();
        assert_eq!(signature == URL_SAFE_NO_PAD.encode(expected), !tamper);
        let part = |text: &str| -> Value { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap() };
        let (header, claims) = signed.split_once('.').unwrap();
        assert_eq!(part(header), json!({"alg": "HS256", "typ": "JWT"}));
        let (iat, exp) = (part(claims)["iat"].as_i64().unwrap(), part(claims)["exp"].as_i64().unwrap());
        assert!((Clock::system().now().timestamp() - iat).abs() < 60 && exp == iat + 180);
    }
}

/// An administrator's hook signs the body with its secret and brings no token; a path serves without any hook as well.
#[tokio::test]
async fn an_administrators_hook_signs_the_body() {
    let mut scene = scene().await;
    let order = |extra: Value| {
        let mut order = json!({"event": "comment_created", "payload": {"timestamp": 1}});
        order.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        order
    };
    let signed = order(json!({"path": "/webhooks/jira/t", "secret": "admin"}));
    scene.sandbox.control("atlassian/webhook", signed).await;
    let delivery = scene.receiver.deliveries.recv().await.unwrap();
    assert_eq!(delivery.header("x-hub-signature"), sign_github(&Secret::from("admin"), &delivery.body));
    assert!(delivery.headers.get("authorization").is_none());
    assert_eq!(delivery.json(), json!({"timestamp": 1, "webhookEvent": "comment_created"}));

    scene.sandbox.control("atlassian/webhook", order(json!({"path": "/webhooks/jira?x=1"}))).await;
    let delivery = scene.receiver.deliveries.recv().await.unwrap();
    assert!(delivery.headers.get("authorization").is_some() && delivery.headers.get("x-hub-signature").is_none());
    for (extra, status) in [
        (json!({}), StatusCode::BAD_REQUEST),
        (json!({"hook": "x", "secret": "s"}), StatusCode::BAD_REQUEST),
        (json!({"hook": "x"}), StatusCode::NOT_FOUND),
        (json!({"path": "//127.0.0.1:9/"}), StatusCode::BAD_REQUEST),
    ] {
        assert_eq!(scene.sandbox.control("atlassian/webhook", order(extra.clone())).await.status, status, "{extra}");
    }
}

/// A site has a few projects, page by page.
#[tokio::test]
async fn projects_come_in_pages() {
    let scene = scene().await;
    let mut path = format!("{}/project/search?maxResults=2", scene.api);
    let mut keys = Vec::new();
    loop {
        let page = scene.sandbox.read(&path, &scene.token).await.body;
        keys.extend(page["values"].as_array().unwrap().iter().map(|each| each["key"].clone()));
        if page["isLast"] == true {
            break;
        }
        path = text(&page, "nextPage").replace(&scene.sandbox.running.url, "");
    }
    assert_eq!(keys, ["ED", "OPS", "HELP"]);
}
