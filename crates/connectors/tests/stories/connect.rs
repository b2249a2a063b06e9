//! Connecting through the vendors' redirects.

use crate::support::Server;
use kernel::UserId;
use serde_json::json;

/// A member goes to the vendor and back in one browser; the vendor accepts the token an operator then gets for them.
#[tokio::test]
async fn a_member_connects_through_the_redirects() {
    let server = Server::start().await;
    let user = UserId::generate();
    let member = server.member(user);
    for provider in ["github", "linear"] {
        let done = server.connect_as(&member, provider, "ann").await;
        assert_eq!(done.status, 200, "{}", done.text);
        assert!(done.text.contains("is connected"), "{}", done.text);
    }
    let page = member.get("/connections").await.with(200);
    let shown: Vec<_> = page["connections"].as_array().unwrap().iter().collect();
    let names: Vec<_> = shown.iter().map(|one| (&one["provider"], &one["display_name"])).collect();
    let expected = [(json!("linear"), json!("ann (ann workspace)")), (json!("github"), json!("ann"))];
    assert_eq!(names, expected.iter().map(|(a, b)| (a, b)).collect::<Vec<_>>());
    for connection in shown {
        assert_eq!(connection["owner"], json!(user.as_uuid()));
        assert_eq!(connection["health"]["status"], "active");
        let vended = server.vend(user.as_uuid(), connection).await;
        let token = vended["access_token"].as_str().unwrap();
        assert!(server.sandbox.accepts(connection["provider"].as_str().unwrap(), token).await);
    }
}

/// Nobody is signed in: the callback leaves a link code, and whoever signs in with that browser claims the account.
#[tokio::test]
async fn an_anonymous_browser_links_later() {
    let server = Server::start().await;
    let browser = server.browser();
    let url = browser.get("/api/github/auth?return_url=https://app.test/done?x=1").await.with(200)["url"].clone();
    let back = server.sandbox.approve(url.as_str().unwrap(), "ann").await;
    let alias = format!("/api/github/auth/callback?{}", back.query().unwrap());
    let done = browser.get(&alias).await.location();
    assert!(done.as_str().starts_with("https://app.test/done?x=1&status=pending&link_code="), "{done}");
    let code = done.query_pairs().find(|(name, _)| name == "link_code").unwrap().1.into_owned();
    let user = UserId::generate();
    let linked = browser.bearer(&server.people.token(user)).post("/oauth/github/link", &json!({ "code": code })).await;
    let connection = linked.with(200);
    assert_eq!((&connection["display_name"], &connection["owner"]), (&json!("ann"), &json!(user.as_uuid())));
    let vended = server.vend(user.as_uuid(), &connection).await;
    assert!(server.sandbox.accepts("github", vended["access_token"].as_str().unwrap()).await);
    assert_eq!(server.database.count("pending_connections").await, 0);
}

/// The page without a frontend shows the code, too.
#[tokio::test]
async fn a_browser_without_a_frontend_sees_its_link_code() {
    let server = Server::start().await;
    let browser = server.browser();
    let url = browser.get("/oauth/linear").await.with(200)["url"].clone();
    let back = server.sandbox.approve(url.as_str().unwrap(), "ann").await;
    let page = browser.get(&format!("/oauth/callback/linear?{}", back.query().unwrap())).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("Almost connected") && page.text.contains("POST /oauth/linear/link"), "{}", page.text);
}

/// An operator hands out an install link; whichever browser opens it finishes the flow for the operator's tenant.
#[tokio::test]
async fn an_install_link_is_finished_by_the_browser_that_opens_it() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let wish = json!({"return_url": "https://app.test/done", "label": "Team"});
    let started = server.operator(tenant).post("/connect/linear", &wish).await.with(201);
    let browser = server.browser();
    let out = browser.get(started["install_url"].as_str().unwrap()).await.location();
    let back = server.sandbox.approve(out.as_str(), "ann").await;
    let done = browser.get(back.as_str()).await.location();
    let page = server.operator(tenant).get("/connections").await.with(200);
    let connection = &page["connections"][0];
    let id = connection["id"].as_str().unwrap();
    assert_eq!(done.as_str(), format!("https://app.test/done?status=connected&connection_id={id}"));
    assert_eq!((&connection["label"], &connection["owner"]), (&json!("Team"), &json!(null)));
    let actor: String =
        sqlx::query_scalar("select actor from audit_log").fetch_one(&server.database.pool).await.unwrap();
    assert!(actor.strip_prefix("operator:").is_some_and(|fingerprint| fingerprint.len() == 8), "{actor}");
}

/// Connecting the same account again renews the connection that is there: its id, its label and its signals stay.
#[tokio::test]
async fn reconnecting_keeps_the_id() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let first = server.connected(tenant, "linear", "ann").await;
    let before = server.vend(tenant, &first).await;
    server.operator(tenant).delete(&format!("/connections/{}", first["id"].as_str().unwrap())).await.with(200);
    let gone = server.vend_answer(tenant, &first).await;
    assert_eq!(gone.problem(), (409, "RECONNECT_REQUIRED".to_owned()));
    let again = server.connected(tenant, "linear", "ann").await;
    assert_eq!((&again["id"], &again["health"]["status"]), (&first["id"], &json!("active")));
    let after = server.vend(tenant, &again).await;
    assert_ne!(after["access_token"], before["access_token"]);
    assert_eq!((server.database.count("connections").await, server.database.count("grants").await), (1, 1));
}
