use crate::support::{Client, Server};
use kernel::UserId;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use url::Url;

fn invalid() -> (u16, String) {
    (400, "STATE_INVALID".to_owned())
}

/// A flow that has come back from the vendor but not yet to us: the redirect's path and query.
async fn redirected(server: &Server, caller: &Client, provider: &str) -> String {
    let started: Value = caller.post_nothing(&format!("/connect/{provider}")).await.with(201);
    let back: Url = server.sandbox.approve(started["authorize_url"].as_str().unwrap(), "ann").await;
    format!("{}?{}", back.path(), back.query().unwrap())
}

/// A state is good for its own flow, in its own browser, for its own provider; a wrong one uses nothing up.
#[tokio::test]
async fn a_state_from_elsewhere_is_refused() {
    let server = Server::start().await;
    let (tenant, other) = (server.tenant().await, server.tenant().await);
    let member = server.member(UserId::generate());
    let path = redirected(&server, &member, "github").await;
    let operators = redirected(&server, &server.operator(tenant), "github").await;
    let at_operators_door = |path: &str| path.replace("/oauth/github/callback", "/connect/github/callback");
    // Another browser that has a cookie of its own.
    let stranger = server.browser();
    stranger.get("/oauth/linear").await.with(200);
    let code = path.split("code=").nth(1).unwrap().split('&').next().unwrap();
    server
        .unchanged(async {
            let cases = [
                ("missing", member.get(&format!("/oauth/github/callback?code={code}")).await),
                ("unknown", member.get(&format!("/oauth/github/callback?code={code}&state=x")).await),
                ("no cookie", server.anonymous().get(&path).await),
                ("another browser", stranger.get(&path).await),
                ("another provider", member.get(&path.replace("github", "linear")).await),
                ("an operator's, in a browser", member.get(&operators).await),
                ("a member's, at the operator's door", server.operator(tenant).get(&at_operators_door(&path)).await),
                ("another tenant's", server.operator(other).get(&at_operators_door(&operators)).await),
            ];
            for (case, answer) in cases {
                assert_eq!(answer.problem(), invalid(), "{case}");
            }
        })
        .await;
    assert_eq!(server.sandbox.count("github", "token_requests").await, 0);
    assert_eq!(member.get(&path).await.status, 200);
    server.operator(tenant).get(&at_operators_door(&operators)).await.with(200);
}

/// Twenty callbacks at once: one exchange, one connection, nineteen refusals.
#[tokio::test]
async fn a_replayed_state_is_refused() {
    let server = Server::start().await;
    let member = server.member(UserId::generate());
    let path = redirected(&server, &member, "linear").await;
    let mut calls = JoinSet::new();
    for _ in 0..20 {
        let (member, path) = (member.clone(), path.clone());
        calls.spawn(async move { member.get(&path).await });
    }
    let (won, lost): (Vec<_>, Vec<_>) = calls.join_all().await.into_iter().partition(|answer| answer.status == 200);
    assert_eq!((won.len(), lost.len()), (1, 19));
    assert!(lost.iter().all(|answer| answer.problem() == invalid()));
    assert_eq!(server.sandbox.count("linear", "token_requests").await, 1);
    assert_eq!(server.database.count("connections").await, 1);
}

/// Ten minutes are enough for a consent; after them nothing happens any more.
#[tokio::test]
async fn an_expired_state_is_refused() {
    let server = Server::start().await;
    let user = UserId::generate();
    let member = server.member(user);
    let path = redirected(&server, &member, "github").await;
    server.clock.advance(chrono::TimeDelta::seconds(601));
    let refused = server.unchanged(member.get(&path)).await;
    assert_eq!(refused.problem(), invalid());
    assert_eq!(server.sandbox.count("github", "token_requests").await, 0);
    connectors::workers::sweep(&server.app).await.unwrap();
    assert_eq!((server.database.count("oauth_states").await, server.database.count("connect_starts").await), (0, 0));
}

/// The registered redirect is compared letter by letter: one letter more, and the vendor sends nobody anywhere.
#[tokio::test]
async fn a_redirect_uri_off_by_one_letter_gets_no_code() {
    let server = Server::with(&[
        ("LINEAR_REDIRECT_URI", "{url}/oauth/linear/callbacks"),
        ("GITHUB_REDIRECT_URI", "{url}/oauth/github/callback/"),
    ])
    .await;
    let member = server.member(UserId::generate());
    for provider in ["linear", "github"] {
        let started = member.post_nothing(&format!("/connect/{provider}")).await.with(201);
        let url = started["authorize_url"].as_str().unwrap();
        let answer = server.unchanged(server.sandbox.answer_consent(url, "ann", "approve")).await;
        assert!(answer.status.is_client_error() && answer.header("location").is_none(), "{}", answer.status);
        assert_eq!(server.sandbox.count(provider, "exchanges").await, 0);
    }
}

/// A person who says no is told so, and nothing is stored; the state is used up.
#[tokio::test]
async fn a_denied_consent_stores_nothing() {
    let server = Server::start().await;
    let member = server.member(UserId::generate());
    let started = member.post_nothing("/connect/github").await.with(201);
    let url = started["authorize_url"].as_str().unwrap();
    let path = server.sandbox.answer_consent(url, "ann", "deny").await.location_path();
    let page = member.get(&path).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("access_denied") && page.text.contains("Nothing was stored"), "{}", page.text);
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert!(page.header("content-security-policy").unwrap().contains("frame-ancestors 'none'"));
    assert_eq!(member.get(&path).await.problem(), invalid());
    assert_eq!(server.database.count("connections").await, 0);
    let tenant = server.tenant().await;
    let started = server.operator(tenant).post_nothing("/connect/github").await.with(201);
    let url = started["authorize_url"].as_str().unwrap();
    let back = server.sandbox.answer_consent(url, "ann", "deny").await.location();
    let answer = server.operator(tenant).get(&format!("/connect/github/callback?{}", back.query().unwrap())).await;
    assert_eq!(answer.problem(), (403, "FORBIDDEN".to_owned()));
}

/// The way back may carry no code at all.
#[tokio::test]
async fn a_callback_without_a_code_is_refused() {
    let server = Server::start().await;
    let member = server.member(UserId::generate());
    let path = redirected(&server, &member, "github").await;
    let state = path.split("state=").nth(1).unwrap();
    let answer = member.get(&format!("/oauth/github/callback?state={state}")).await;
    assert_eq!(answer.problem(), (400, "VALIDATION_FAILED".to_owned()));
    assert_eq!(server.database.count("connections").await, 0);
}

/// Somebody updated the app at the vendor, an owner agreed to it, or has yet to: such a redirect belongs to no flow. It ends on a
/// page and connects nothing, whatever id or code it names and whoever brings it.
#[tokio::test]
async fn a_setup_without_a_flow_ends_on_a_page() {
    let server = Server::with_app().await;
    let member = server.member(UserId::generate());
    server.connect_as(&member, "github", "ann").await;
    let wish = json!({"action": "create", "account": "octo-org", "installed_by": "ann"});
    let id = server.sandbox.installations(wish).await["installation"]["id"].as_u64().unwrap();
    let started = member.post("/connect/github", &json!({"kind": "installation"})).await.with(201);
    let out: Url = started["authorize_url"].as_str().unwrap().parse().unwrap();
    let state = out.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let calls = server.sandbox.count("github", "api_calls").await;
    server
        .unchanged(async {
            for query in [
                format!("installation_id={id}&setup_action=install"),
                format!("installation_id={id}&setup_action=update"),
                format!("installation_id={id}&setup_action=install&code=x"),
                "setup_action=request".to_owned(),
                format!("setup_action=request&state={state}"),
            ] {
                for path in ["/oauth/github/callback", "/oauth/callback/github", "/api/github/auth/callback"] {
                    for browser in [&member, &server.anonymous()] {
                        let page = browser.get(&format!("{path}?{query}")).await;
                        assert_eq!(page.status, 200, "{query}: {}", page.text);
                        assert!(page.text.contains("Go back to the app to finish"), "{query}: {}", page.text);
                        assert!(!page.text.contains(&id.to_string()) && page.header("set-cookie").is_none(), "{query}");
                    }
                }
            }
            // Anything else without a state that holds is what it was, and so is a vendor that nobody installs apps at.
            for path in [
                format!("/oauth/github/callback?installation_id={id}"),
                format!("/oauth/github/callback?installation_id={id}&setup_action=remove"),
                format!("/oauth/github/callback?installation_id={id}&setup_action=install&state=x"),
                format!("/oauth/linear/callback?installation_id={id}&setup_action=install"),
            ] {
                assert_eq!(member.get(&path).await.problem(), invalid(), "{path}");
            }
        })
        .await;
    assert_eq!(server.sandbox.count("github", "token_requests").await, 1, "the person's own exchange");
    assert_eq!(server.sandbox.count("github", "api_calls").await, calls);
    // The flow that waited for an owner is finished by the redirect that brings the id.
    let path = format!("/oauth/github/callback?state={state}&installation_id={id}&setup_action=install");
    let done = member.get(&path).await;
    assert!(done.status == 200 && done.text.contains("octo-org is connected"), "{}", done.text);
}
