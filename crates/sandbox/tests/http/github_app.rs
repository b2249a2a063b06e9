//! The GitHub App: its JWT, its installations and their tokens.

use crate::{
    app_key::{APP_ID, AppKey, github_app},
    receiver::receiver,
    support::{GITHUB, Sandbox, answer, config, pair, query, start},
};
use kernel::{Clock, Secret};
use reqwest::{Method, StatusCode};
use sandbox::Config;
use serde_json::{Value, json};

async fn with_app() -> (Sandbox, AppKey) {
    let (app, key) = github_app();
    let mut config = config();
    config.github.app = Some(app);
    (start(config).await, key)
}

async fn call(sandbox: &Sandbox, method: Method, path: &str, token: &str) -> crate::support::Answer {
    let url = sandbox.url(&format!("/github/api/v3{path}"));
    answer(sandbox.client.request(method, url).bearer_auth(token).send().await.unwrap()).await
}

async fn install(sandbox: &Sandbox) -> u64 {
    let done = sandbox.control("github/installations", json!({"action": "create", "account": "octo-org"})).await;
    done.body["installation"]["id"].as_u64().unwrap()
}

async fn mint(sandbox: &Sandbox, key: &AppKey, id: u64) -> crate::support::Answer {
    call(sandbox, Method::POST, &format!("/app/installations/{id}/access_tokens"), &key.good_jwt()).await
}

/// The App's page installs it for the account, brings back id, state and code, and shows it to that person.
#[tokio::test]
async fn installing_redirects_with_installation_id_state_and_code() {
    let (sandbox, _) = with_app().await;
    let path = "/github/apps/connectors-dev/installations/new?state=st4te&sandbox_consent=approve&sandbox_account=ann";
    let query = query(&sandbox.get(path).await);
    let seen: Vec<_> = ["installation_id", "setup_action", "state"].iter().map(|name| query[*name].as_str()).collect();
    assert_eq!(seen, ["9100001", "install", "st4te"]);

    let (access, _) = pair(&sandbox.token(GITHUB, &[("code", &query["code"])]).await.body);
    let visible = call(&sandbox, Method::GET, "/user/installations", &access).await.body;
    assert_eq!((&visible["total_count"], &visible["installations"][0]["id"]), (&json!(1), &json!(9_100_001)));
    assert_eq!(visible["installations"][0]["account"]["login"], "ann");
    assert_eq!(crate::support::query(&sandbox.get(path).await)["setup_action"], "update");
}

/// An App that is not registered has no page to install it from.
#[tokio::test]
async fn an_unknown_app_cannot_be_installed() {
    let (sandbox, _) = with_app().await;
    let response = sandbox.get("/github/apps/other/installations/new?sandbox_consent=approve").await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
}

/// The App's token works for an hour, on what the installation is for.
#[tokio::test]
async fn a_minted_token_reads_the_repositories_for_an_hour() {
    let (sandbox, key) = with_app().await;
    let id = install(&sandbox).await;
    let minted = mint(&sandbox, &key, id).await;
    assert_eq!(minted.status, StatusCode::CREATED);
    let token = minted.body["token"].as_str().unwrap();
    assert!(token.starts_with("ghs_") && token.len() > 255);
    let listed = call(&sandbox, Method::GET, "/installation/repositories", token).await;
    assert_eq!(listed.body["repositories"][0]["full_name"], "octo-org/hello");
    assert_eq!(call(&sandbox, Method::GET, "/user", token).await.status, StatusCode::UNAUTHORIZED);
    sandbox.control("clock", json!({"advance_seconds": 3601})).await;
    let expired = call(&sandbox, Method::GET, "/installation/repositories", token).await;
    assert_eq!(expired.status, StatusCode::UNAUTHORIZED);
}

/// Issuer, times and signature of the JWT are all looked at.
#[tokio::test]
async fn an_app_jwt_is_checked() {
    let (sandbox, key) = with_app().await;
    let (_, other_key) = github_app();
    let now = Clock::system().now().timestamp();
    let status = async |jwt: String| call(&sandbox, Method::GET, "/app", &jwt).await.status;
    let claims = |iat: i64, exp: i64, iss: Value| json!({"iat": now + iat, "exp": now + exp, "iss": iss});
    for good in [json!(APP_ID), json!(APP_ID.to_string()), json!(GITHUB.client_id)] {
        assert_eq!(status(key.jwt(&claims(-30, 570, good))).await, StatusCode::OK);
    }
    let id = json!(APP_ID);
    let unsigned = "eyJhbGciOiJub25lIn0.eyJpYXQiOjAsImV4cCI6MCwiaXNzIjoxfQ.".to_owned();
    for bad in [
        key.jwt(&claims(-30, 570, json!("someone"))),
        key.jwt(&claims(-30, 571, id.clone())),
        key.jwt(&claims(-30, 700, id.clone())),
        key.jwt(&claims(-700, -100, id.clone())),
        key.jwt(&claims(60, 120, id.clone())),
        key.jwt(&json!({"iss": id, "exp": now + 60})),
        other_key.jwt(&claims(-30, 570, id)),
        unsigned,
        "nonsense".to_owned(),
    ] {
        assert_eq!(status(bad.clone()).await, StatusCode::UNAUTHORIZED, "{bad}");
    }
}

/// Moving the sandbox's clock ages tokens; it does not make the callers' own JWTs old.
#[tokio::test]
async fn an_app_jwt_goes_by_real_time() {
    let (sandbox, key) = with_app().await;
    sandbox.control("clock", json!({"advance_seconds": 86_400})).await;
    assert_eq!(call(&sandbox, Method::GET, "/app", &key.good_jwt()).await.status, StatusCode::OK);
}

/// GitHub hands keys out as PKCS#1, and environment variables turn line breaks into `\n`.
#[tokio::test]
async fn a_pkcs1_key_with_escaped_line_breaks_serves() {
    let (mut app, key) = github_app();
    app.private_key_pem = Secret::from(key.pkcs1_pem());
    let mut config = config();
    config.github.app = Some(app);
    let sandbox = start(config).await;
    let shown = call(&sandbox, Method::GET, "/app", &key.good_jwt()).await;
    assert_eq!(shown.body["html_url"], sandbox.url("/github/apps/connectors-dev"));
}

/// A suspended installation is listed, but neither mints nor reads until it is let in again.
#[tokio::test]
async fn a_suspended_installation_is_forbidden() {
    let (sandbox, key) = with_app().await;
    let id = install(&sandbox).await;
    let minted = mint(&sandbox, &key, id).await.body;
    let token = minted["token"].as_str().unwrap();
    sandbox.control("github/installations", json!({"action": "suspend", "id": id})).await;
    let refused = mint(&sandbox, &key, id).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(refused.body["message"], "This installation has been suspended");
    let reading = call(&sandbox, Method::GET, "/installation/repositories", token).await;
    assert_eq!(reading.status, StatusCode::FORBIDDEN);
    let shown = call(&sandbox, Method::GET, &format!("/app/installations/{id}"), &key.good_jwt()).await;
    assert!(shown.body["suspended_at"].is_string());
    sandbox.control("github/installations", json!({"action": "unsuspend", "account": "octo-org"})).await;
    assert_eq!(mint(&sandbox, &key, id).await.status, StatusCode::CREATED);
}

/// After the App is uninstalled its tokens are dead and the installation is gone; GitHub tells the App by webhook.
#[tokio::test]
async fn uninstalling_ends_tokens_and_is_announced() {
    let mut receiver = receiver().await;
    let (app, key) = github_app();
    let mut config = Config { webhook_base: Some(receiver.base.clone()), ..config() };
    config.github.app = Some(app);
    let sandbox = start(config).await;
    let id = install(&sandbox).await;
    let minted = mint(&sandbox, &key, id).await.body;
    let path = format!("/app/installations/{id}");
    assert_eq!(call(&sandbox, Method::DELETE, &path, &key.good_jwt()).await.status, StatusCode::NO_CONTENT);
    assert_eq!(call(&sandbox, Method::DELETE, &path, &key.good_jwt()).await.status, StatusCode::NOT_FOUND);
    assert_eq!(mint(&sandbox, &key, id).await.status, StatusCode::NOT_FOUND);
    let token = minted["token"].as_str().unwrap();
    let reading = call(&sandbox, Method::GET, "/installation/repositories", token).await;
    assert_eq!(reading.status, StatusCode::UNAUTHORIZED);

    for action in ["created", "deleted"] {
        let delivery = receiver.deliveries.recv().await.unwrap();
        assert_eq!((delivery.path.as_str(), delivery.header("x-github-event")), ("/webhooks/github", "installation"));
        let signed = sandbox::sign_github(&Secret::from("gh_test_secret"), &delivery.body);
        assert_eq!(delivery.header("x-hub-signature-256"), signed);
        let body = delivery.json();
        assert_eq!((body["action"].as_str(), body["installation"]["id"].as_u64()), (Some(action), Some(id)));
    }
}

/// A token can die before its time while the installation stays, and the next one is good.
#[tokio::test]
async fn tokens_of_an_installation_can_be_forgotten() {
    let (sandbox, key) = with_app().await;
    let id = install(&sandbox).await;
    let token = mint(&sandbox, &key, id).await.body["token"].as_str().unwrap().to_owned();
    let forgotten = sandbox.control("github/installations", json!({"action": "forget_tokens", "id": id})).await;
    assert_eq!((forgotten.status, &forgotten.body["delivery"]), (StatusCode::OK, &Value::Null));
    let refused = call(&sandbox, Method::GET, "/installation/repositories", &token).await;
    assert_eq!((refused.status, &refused.body["message"]), (StatusCode::UNAUTHORIZED, &json!("Bad credentials")));
    let again = mint(&sandbox, &key, id).await.body["token"].as_str().unwrap().to_owned();
    assert_eq!(call(&sandbox, Method::GET, "/installation/repositories", &again).await.status, StatusCode::OK);
}
