//! What arrives from the vendors that prove themselves in other ways than a signature over the body.

use crate::support::Server;
use serde_json::{Value, json};
use uuid::Uuid;

async fn kinds(server: &Server, tenant: Uuid) -> Vec<String> {
    let page = server.operator(tenant).get("/signals").await.with(200);
    let signals = page["signals"].as_array().unwrap().iter();
    let mut kinds: Vec<String> = signals.map(|signal| signal["kind"].as_str().unwrap().to_owned()).collect();
    kinds.sort();
    kinds
}

async fn slack(server: &Server, order: Value) -> Value {
    server.sandbox.control("slack/webhook", order).await
}

fn message(text: &str) -> Value {
    json!({"type": "message", "channel": "C1", "channel_type": "channel", "user": "U1", "text": text, "ts": "1767323045.000100",
        "event_ts": "1767323045.000100"})
}

/// Slack looks whether anybody is here, with a signature and without one: it is answered, and nothing is kept.
#[tokio::test]
async fn slack_finds_somebody_at_home() {
    let server = Server::start().await;
    let challenge = json!({"kind": "url_verification", "envelope": {"challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"}});
    let answer = server.unchanged(slack(&server, challenge)).await;
    assert_eq!(answer["status"], 200, "{answer}");
    let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    assert_eq!(body["challenge"], "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P");
    let look = server.unchanged(slack(&server, json!({"kind": "ssl_check"}))).await;
    assert_eq!((&look["status"], &look["body"]), (&json!(200), &json!("")));
    let forged = json!({"kind": "url_verification", "tamper": true, "envelope": {"challenge": "mine"}});
    assert_eq!(server.unchanged(slack(&server, forged)).await["status"], 401);
}

/// An event of a workspace becomes a signal of every tenant that connected it, once, however often Slack sends it; what is too
/// old or too early is refused.
#[tokio::test]
async fn slacks_events_find_their_workspace() {
    let server = Server::start().await;
    let (tenant, stranger) = (server.tenant().await, server.tenant().await);
    server.connected(tenant, "slack", "ann").await;
    server.connected(stranger, "linear", "ann").await;
    let event = |more: Value| {
        let mut order =
            json!({"account": "ann", "payload": message("Water the roses"), "envelope": {"event_id": "Ev1"}});
        order.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        order
    };
    for more in [json!({}), json!({"retry_num": 1}), json!({"retry_num": 2, "retry_reason": "http_error"})] {
        assert_eq!(slack(&server, event(more)).await["status"], 200);
    }
    server.read_deliveries().await;
    assert_eq!(server.database.count("deliveries").await, 1);
    assert_eq!(kinds(&server, tenant).await, ["connection_connected", "message_posted"]);
    assert_eq!(kinds(&server, stranger).await, ["connection_connected"]);
    for seconds in [-301, 302] {
        let old = event(json!({"timestamp_offset_seconds": seconds, "envelope": {"event_id": "Ev2"}}));
        let refused = server.unchanged(slack(&server, old)).await;
        let problem: Value = serde_json::from_str(refused["body"].as_str().unwrap()).unwrap();
        assert_eq!((&refused["status"], &problem["code"]), (&json!(401), &json!("DELIVERY_TOO_OLD")), "{seconds}");
    }
}

/// Commands and interactions are forms: they are kept, told, and answered with nothing that Slack would show to the person.
#[tokio::test]
async fn slacks_forms_are_kept() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let ann = server.connected(tenant, "slack", "ann").await;
    let command = json!({"kind": "command", "account": "ann", "payload": {"command": "/roses", "text": "water"}});
    let press = json!({"kind": "interactivity", "account": "ann",
        "payload": {"type": "block_actions", "trigger_id": "1.2.3", "team": {"id": ann["org_id"]}, "user": {"id": "U1"}, "actions": [{"action_id": "water", "type": "button"}]}});
    for order in [command, press] {
        let answer = slack(&server, order).await;
        assert_eq!((&answer["status"], &answer["body"]), (&json!(200), &json!("")), "{answer}");
    }
    server.read_deliveries().await;
    assert_eq!(kinds(&server, tenant).await, ["command_invoked", "connection_connected", "interaction_received"]);
    let page = server.operator(tenant).get("/signals?kind=command_invoked&include_payload=true").await.with(200);
    let payload = &page["signals"][0]["payload"];
    assert_eq!(payload["command"], "/roses");
    assert_eq!(payload["token"], Value::Null, "the deprecated token is not handed on");
}

/// An app that is taken off a workspace ends its connections; tokens that a person takes away ask for a new consent.
#[tokio::test]
async fn slack_ends_what_it_ends() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let ann = server.connected(tenant, "slack", "ann").await;
    let gone = json!({"account": "ann", "payload": {"type": "app_uninstalled"}});
    assert_eq!(slack(&server, gone).await["status"], 200);
    server.read_deliveries().await;
    assert_eq!(server.connection(tenant, &ann["id"]).await["health"]["status"], "revoked");
    assert!(kinds(&server, tenant).await.contains(&"connection_revoked".to_owned()));
}

fn jira_issue(site: &str) -> Value {
    json!({"webhookEvent": "jira:issue_created", "issue_event_type_name": "issue_created",
        "user": {"accountId": "5b10", "displayName": "Mia", "self": format!("{site}/rest/api/2/user?accountId=5b10")},
        "issue": {"id": "10002", "key": "ED-1", "self": format!("{site}/rest/api/2/issue/10002"),
            "fields": {"summary": "Water the roses", "project": {"id": "10000", "key": "ED", "name": "Editor"}}}})
}

/// An administrator's webhook of Jira is signed and finds its site by the addresses in it; one of another secret is refused.
#[tokio::test]
async fn jiras_administrators_sign() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let mia = server.connected(tenant, "jira", "mia").await;
    let site = server.operator(tenant).get("/oauth/installations?platform=jira").await.with(200);
    let site = site["installations"][0]["url"].as_str().map(ToOwned::to_owned);
    let site = site.unwrap_or_else(|| panic!("a site has an address: {mia}"));
    let mut payload = jira_issue(&site);
    payload["timestamp"] = server.clock.now().timestamp_millis().into();
    let order = |secret: &str| {
        json!({"event": "jira:issue_created", "payload": payload, "path": "/webhooks/jira", "secret": secret,
            "delivery_id": "one"})
    };
    let refused = server.unchanged(server.sandbox.control("atlassian/webhook", order("another secret"))).await;
    assert_eq!(refused["status"], 401, "{refused}");
    let secret = crate::support::JIRA_WEBHOOK_SECRET;
    for _ in 0..2 {
        assert_eq!(server.sandbox.control("atlassian/webhook", order(secret)).await["status"], 200);
    }
    server.read_deliveries().await;
    assert_eq!(kinds(&server, tenant).await, ["connection_connected", "issue_created"]);
}

/// A push of Google's message service is believed for its service account, our address and Google's signature, and for nothing
/// less.
#[tokio::test]
async fn googles_message_service_has_to_be_ours() {
    let server = Server::with(&[
        ("GOOGLE_PUBSUB_TOPIC", "projects/p/topics/t"),
        ("GOOGLE_PUBSUB_SERVICE_ACCOUNT", "push@sandbox.iam.gserviceaccount.com"),
    ])
    .await;
    let push = async |more: Value| {
        let mut order = json!({"path": "/webhooks/google", "account": "ann", "history_id": 7});
        order.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        server.sandbox.control("google/pubsub", order).await
    };
    for (number, flaw) in [
        json!({"authorization": false}),
        json!({"email": "somebody@else.iam.gserviceaccount.com"}),
        json!({"email_verified": false}),
        json!({"iss": "https://accounts.else.example"}),
        json!({"aud": "https://else.example/webhooks/google"}),
        json!({"flaw": "expired"}),
        json!({"flaw": "wrong_signature"}),
        json!({"flaw": "alg_none"}),
        json!({"flaw": "unknown_key"}),
    ]
    .into_iter()
    .enumerate()
    {
        let refused = server.unchanged(push(flaw.clone())).await;
        assert_eq!(refused["status"], 401, "{number}: {flaw}: {refused}");
    }
    let unwrapped = server.unchanged(push(json!({"unwrapped": true}))).await;
    assert_eq!(unwrapped["status"], 400, "{unwrapped}");
    for _ in 0..2 {
        assert_eq!(push(json!({"message_id": "m1"})).await["status"], 200);
    }
    assert_eq!(server.database.count("deliveries").await, 1);
    server.read_deliveries().await;
    let states: Vec<String> =
        sqlx::query_scalar("select state from delivery_states").fetch_all(&server.database.pool).await.unwrap();
    assert_eq!(states, ["unclaimed"], "nobody watches this mailbox");
}

/// Without a service account that may push, nobody may; a channel that nobody opened tells nothing.
#[tokio::test]
async fn what_nobody_set_up_is_refused() {
    let server = Server::start().await;
    let order = json!({"path": "/webhooks/google", "account": "ann", "history_id": 7});
    let refused = server.unchanged(server.sandbox.control("google/pubsub", order)).await;
    assert_eq!(refused["status"], 401, "{refused}");
    let channel = server
        .anonymous()
        .with("x-goog-channel-id", "0b5f6c1e")
        .with("x-goog-channel-token", "guessed")
        .with("x-goog-resource-state", "exists")
        .with("x-goog-message-number", "2");
    let answer = channel.post_nothing("/webhooks/google").await;
    assert_eq!(answer.problem(), (401, "SIGNATURE_INVALID".to_owned()));
    let guess = json!({"channel_id": 1, "token": "guessed", "module": "Leads", "operation": "insert", "ids": ["1"]});
    assert_eq!(server.anonymous().post("/webhooks/zoho", &guess).await.problem().0, 401);
    let unknown = format!("/webhooks/zoho?hook={}", Uuid::new_v4());
    assert_eq!(server.anonymous().post(&unknown, &guess).await.problem(), (404, "HOOK_NOT_FOUND".to_owned()));
    assert_eq!(server.database.count("deliveries").await, 0);
}
