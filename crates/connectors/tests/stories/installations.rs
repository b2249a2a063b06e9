//! Organisations that install the GitHub App. No clock is moved here: the vendor judges the app's JWT by real time.

use crate::support::{Client, Server};
use kernel::UserId;
use serde_json::{Value, json};
use tokio::task::JoinSet;

/// A member goes to the App's page; GitHub installs it for their account and sends the browser back.
async fn install_in_browser(server: &Server, member: &Client, account: &str) -> (u16, String) {
    let started = member.post("/connect/github", &json!({"kind": "installation"})).await.with(201);
    let out = started["authorize_url"].as_str().unwrap();
    assert!(out.contains("/apps/connectors-test/installations/new?state="), "{out}");
    let back = server.sandbox.approve(out, account).await;
    let done = member.get(&format!("{}?{}", back.path(), back.query().unwrap())).await;
    (done.status.as_u16(), done.text)
}

fn installation(page: &Value) -> &Value {
    page["connections"].as_array().unwrap().iter().find(|one| one["kind"] == "installation").unwrap()
}

/// The setup redirect's id is believed once GitHub confirms it with the member's own token; then tokens are minted.
#[tokio::test]
async fn the_setup_redirect_links_an_installation() {
    let server = Server::with_app().await;
    let user = UserId::generate();
    let member = server.member(user);
    // Without an account of theirs nobody can confirm it.
    let (status, text) = install_in_browser(&server, &member, "ann").await;
    assert!(status == 403 && text.contains("FORBIDDEN"), "{status} {text}");
    server.connect_as(&member, "github", "ann").await;
    let (status, text) = install_in_browser(&server, &member, "ann").await;
    assert!(status == 200 && text.contains("ann is connected"), "{status} {text}");
    let page = member.get("/connections").await.with(200);
    let connection = installation(&page);
    assert_eq!(connection["account_id"], "9100001");
    let vended = server.vend(user.as_uuid(), connection).await;
    assert!(vended["access_token"].as_str().unwrap().starts_with("ghs_"));
    assert!(vended["scopes"].as_array().unwrap().iter().any(|scope| scope == "metadata:read"));
}

/// An installation that was made at GitHub is claimed by its id, by whoever may see it there, and by nobody else.
#[tokio::test]
async fn an_installation_is_claimed_by_its_id() {
    let server = Server::with_app().await;
    let (ann, bob) = (UserId::generate(), UserId::generate());
    let (ann_client, bob_client) = (server.member(ann), server.member(bob));
    server.connect_as(&ann_client, "github", "ann").await;
    server.connect_as(&bob_client, "github", "bob").await;
    let wish = json!({"action": "create", "account": "octo-org", "installed_by": "ann"});
    let made = server.sandbox.installations(wish).await;
    let id = made["installation"]["id"].as_u64().unwrap().to_string();
    let link =
        async |caller: &Client, id: &str| caller.post("/oauth/github/link", &json!({"installation_id": id})).await;
    server
        .unchanged(async {
            let spoofed = link(&bob_client, &id).await;
            assert_eq!(spoofed.problem(), (403, "FORBIDDEN".to_owned()));
            assert_eq!(spoofed.anonymous_problem(), link(&bob_client, "424242").await.anonymous_problem());
            for bad in ["", "../1", "1/2", "x", "-1", "123456789012345678901"] {
                let answer = link(&ann_client, bad).await;
                assert_eq!(answer.problem(), (400, "VALIDATION_FAILED".to_owned()), "{bad}");
            }
        })
        .await;
    let linked = link(&ann_client, &id).await.with(200);
    assert_eq!((&linked["display_name"], &linked["account_id"]), (&json!("octo-org"), &json!(id)));
    assert_eq!(link(&ann_client, &id).await.with(200)["id"], linked["id"]);
}

/// A redirect with somebody else's installation id in it connects nothing.
#[tokio::test]
async fn a_spoofed_installation_id_is_refused() {
    let server = Server::with_app().await;
    let member = server.member(UserId::generate());
    server.connect_as(&member, "github", "bob").await;
    let wish = json!({"action": "create", "account": "octo-org", "installed_by": "ann"});
    let id = server.sandbox.installations(wish).await["installation"]["id"].as_u64().unwrap();
    let started = member.post("/connect/github", &json!({"kind": "installation"})).await.with(201);
    let out: url::Url = started["authorize_url"].as_str().unwrap().parse().unwrap();
    let state = out.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let path = format!("/oauth/github/callback?state={state}&installation_id={id}&setup_action=install&code=x");
    assert_eq!(member.get(&path).await.problem(), (403, "FORBIDDEN".to_owned()));
    let page = member.get("/connections").await.with(200);
    assert_eq!(page["connections"].as_array().unwrap().len(), 1);
}

/// A suspended installation gives no token, says what to do, and comes back by itself.
#[tokio::test]
async fn a_suspended_installation_comes_back_by_itself() {
    let server = Server::with_app().await;
    let user = UserId::generate();
    let member = server.member(user);
    server.connect_as(&member, "github", "ann").await;
    install_in_browser(&server, &member, "ann").await;
    let connection = installation(&member.get("/connections").await.with(200)).clone();
    server.sandbox.installations(json!({"action": "suspend", "id": 9_100_001})).await;
    server.read_deliveries().await;
    let refused = server.vend_answer(user.as_uuid(), &connection).await;
    assert_eq!(refused.problem(), (409, "RECONNECT_REQUIRED".to_owned()));
    let health = member.get(&format!("/connections/{}", connection["id"].as_str().unwrap())).await.with(200);
    assert_eq!(health["health"]["next_action"], "unsuspend_at_provider");
    server.sandbox.installations(json!({"action": "unsuspend", "id": 9_100_001})).await;
    server.read_deliveries().await;
    server.vend(user.as_uuid(), &connection).await;
    let id = connection["id"].as_str().unwrap();
    let ended = member.delete(&format!("/connections/{id}")).await.with(200);
    assert_eq!(ended, json!({"status": "revoked", "at_provider": "revoked"}));
    assert_eq!(server.sandbox.state().await["github"]["installations"], 0);
}

/// An operator installs for a shared tenant: the person whose account the tenant has connected speaks for it, and minted
/// tokens follow the vendor's moods like all others.
#[tokio::test]
async fn an_operator_links_an_installation() {
    let server = Server::with_app().await;
    let tenant = server.tenant().await;
    let operator = server.operator(tenant);
    server.connected(tenant, "github", "ann").await;
    let started = operator.post("/connect/github", &json!({"kind": "installation"})).await.with(201);
    let back = server.sandbox.approve(started["authorize_url"].as_str().unwrap(), "ann").await;
    let path = format!("/connect/github/callback?{}", back.query().unwrap());
    let linked = operator.get(&path).await.with(200);
    let shown = (&linked["kind"], &linked["owner"], &linked["account_id"]);
    assert_eq!(shown, (&json!("installation"), &json!(null), &json!("9100001")));
    // Two connections of one provider: the caller has to say which.
    assert_eq!(operator.get("/oauth/token/github").await.problem(), (409, "CONFLICT".to_owned()));
    let first = server.vend(tenant, &linked).await["access_token"].clone();
    let refresh = format!("/connections/{}/refresh", linked["id"].as_str().unwrap());
    server.sandbox.fault("github", "api", "truncated_json", 1).await;
    assert_eq!(operator.post_nothing(&refresh).await.with(200)["health"]["status"], "degraded");
    assert_eq!(server.vend(tenant, &linked).await["access_token"], first);
    assert_eq!(operator.post_nothing(&refresh).await.with(200)["health"]["status"], "active");
    assert_ne!(server.vend(tenant, &linked).await["access_token"], first);
    // Removed at the vendor without a word: the next mint finds out.
    server.sandbox.control("github/installations", json!({"action": "delete", "id": 9_100_001})).await;
    let gone = operator.post_nothing(&refresh).await;
    assert_eq!(gone.problem(), (409, "RECONNECT_REQUIRED".to_owned()));
    assert_eq!(server.connection(tenant, &linked["id"]).await["health"]["status"], "revoked");
    assert_eq!(server.database.count("grants").await, 1, "the person's own");
}

/// The vendor has dropped the minted token before its time. Of eight calls that find out one has a new token minted, all eight
/// get their answers, and a path that refuses every token is asked twice and no more.
#[tokio::test]
async fn a_dropped_token_is_minted_anew_once() {
    let server = Server::with_app().await;
    let tenant = server.tenant().await;
    let operator = server.operator(tenant);
    server.connected(tenant, "github", "ann").await;
    let linked = server.connected_as(tenant, "github", "ann", &json!({"kind": "installation"})).await;
    let at = |path: &str| format!("/proxy/{}/{path}", linked["id"].as_str().unwrap());
    let before = server.vend(tenant, &linked).await["access_token"].clone();
    operator.get(&at("installation/repositories")).await.with(200);
    let dropped = json!({"action": "forget_tokens", "id": 9_100_001});
    server.sandbox.installations(dropped.clone()).await;
    let mut calls = JoinSet::new();
    for _ in 0..8 {
        let (operator, path) = (operator.clone(), at("installation/repositories"));
        calls.spawn(async move { operator.get(&path).await.with(200)["total_count"].clone() });
    }
    assert_eq!(calls.join_all().await, vec![json!(1); 8]);
    assert_eq!(server.sandbox.count("github", "live_installation_tokens").await, 1);
    let after = server.vend(tenant, &linked).await["access_token"].clone();
    assert_ne!(before, after);

    server.sandbox.installations(dropped).await;
    let calls = server.sandbox.count("github", "api_calls").await;
    operator.get(&at("installation/repositories")).await.with(200);
    assert_eq!(server.sandbox.count("github", "api_calls").await, calls + 3, "refused, minted, answered");
    operator.get(&at("app")).await.with(401);
    assert_eq!(server.sandbox.count("github", "api_calls").await, calls + 6, "refused, minted, refused");
    assert_eq!(server.connection(tenant, &linked["id"]).await["health"]["status"], "active");
}
