use crate::support::{Client, Server};
use kernel::UserId;
use serde_json::{Value, json};

/// A browser goes through the vendor without being signed in; the page's link code.
async fn pending(server: &Server, browser: &Client) -> String {
    let url = browser.get("/oauth/github?return_url=/done").await.with(200)["url"].as_str().unwrap().to_owned();
    let back = server.sandbox.approve(&url, "ann").await;
    let done = browser.get(&format!("{}?{}", back.path(), back.query().unwrap())).await.location();
    done.query_pairs().find(|(name, _)| name == "link_code").unwrap().1.into_owned()
}

async fn link(caller: &Client, code: &str) -> (u16, Value) {
    let answer = caller.post("/oauth/github/link", &json!({ "code": code })).await;
    (answer.status.as_u16(), answer.json()["code"].clone())
}

/// A link code is good once, in its own browser, for its own provider, for ten minutes.
#[tokio::test]
async fn a_link_code_from_elsewhere_is_refused() {
    let server = Server::start().await;
    let browser = server.browser();
    let (user, thief) = (UserId::generate(), server.member(UserId::generate()));
    let code = pending(&server, &browser).await;
    let member = browser.bearer(&server.people.token(user));
    thief.get("/oauth/linear").await.with(200);
    member.get("/connections").await.with(200);
    let invalid = (400, json!("STATE_INVALID"));
    server
        .unchanged(async {
            assert_eq!(link(&thief, &code).await, invalid, "another browser");
            assert_eq!(link(&server.anonymous().bearer(&server.people.token(user)), &code).await, invalid, "no cookie");
            assert_eq!(link(&member, "x").await, invalid, "unknown");
            let elsewhere = member.post("/oauth/linear/link", &json!({ "code": code })).await;
            assert_eq!(elsewhere.problem(), (400, "STATE_INVALID".to_owned()));
            for body in [json!({}), json!({"code": code, "installation_id": "1"}), json!({"code": 7})] {
                let answer = member.post("/oauth/github/link", &body).await;
                assert_eq!(answer.problem(), (400, "VALIDATION_FAILED".to_owned()), "{body}");
            }
        })
        .await;
    assert_eq!(link(&member, &code).await.0, 200);
    assert_eq!(link(&member, &code).await, invalid, "used");
}

/// What nobody claims is ended at the vendor, and the code with it.
#[tokio::test]
async fn an_unclaimed_connection_is_revoked() {
    let server = Server::start().await;
    let browser = server.browser();
    let code = pending(&server, &browser).await;
    server.advance(chrono::TimeDelta::seconds(601)).await;
    let member = browser.bearer(&server.people.token(UserId::generate()));
    assert_eq!(link(&member, &code).await, (400, json!("STATE_INVALID")));
    assert_eq!(server.sandbox.state().await["github"]["live_access_tokens"], 1);
    connectors::workers::sweep(&server.app).await.unwrap();
    server.advance(chrono::TimeDelta::minutes(2)).await;
    connectors::workers::run_jobs(&server.app).await.unwrap();
    assert_eq!(server.sandbox.state().await["github"]["live_access_tokens"], 0);
    assert_eq!((server.database.count("pending_connections").await, server.database.count("jobs").await), (0, 0));
}

/// Without an app to install there is no installation to claim.
#[tokio::test]
async fn without_an_app_there_is_no_installation() {
    let server = Server::start().await;
    let member = server.member(UserId::generate());
    let answer = member.post("/oauth/github/link", &json!({"installation_id": "9100001"})).await;
    assert_eq!(answer.problem(), (409, "PROVIDER_NOT_CONFIGURED".to_owned()));
}
