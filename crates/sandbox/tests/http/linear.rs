//! Linear's tokens and its API.

use crate::support::{LINEAR, VERIFIER, Vendor, answer, config, pair, query, start};
use reqwest::StatusCode;
use serde_json::json;

/// A good exchange answers what Linear documents, scopes with spaces, and says who it is.
#[tokio::test]
async fn a_code_becomes_a_rotating_pair() {
    let sandbox = start(config()).await;
    let code = sandbox.code(LINEAR).await;
    let answer = sandbox.exchange(LINEAR, &code).await;
    let (access, refresh) = pair(&answer.body);
    assert_eq!(
        answer.body,
        json!({
            "access_token": access, "token_type": "Bearer", "expires_in": 86399, "scope": "read write",
            "refresh_token": refresh,
        })
    );
    let who = sandbox.api(LINEAR, &access).await.body;
    assert_eq!(who["data"]["organization"]["id"], "5a0db0c0-0000-4000-8000-000000000001");
    assert_eq!(who["data"]["viewer"]["id"], "5a0db0c0-0000-4000-8000-000000000002");
}

/// The exchange wants the verifier, the same callback, a form and a code not used before: else 400 `invalid_grant`.
#[tokio::test]
async fn a_wrong_exchange_is_400() {
    let sandbox = start(config()).await;
    let grant_type = ("grant_type", "authorization_code");
    let callback = ("redirect_uri", LINEAR.callback);
    let code = sandbox.code(LINEAR).await;
    let answer_1 = sandbox.token(LINEAR, &[grant_type, callback, ("code", &code)]).await;
    let code = sandbox.code(LINEAR).await;
    let answer_2 = sandbox.token(LINEAR, &[grant_type, ("code", &code), ("code_verifier", VERIFIER)]).await;
    let code = sandbox.code(LINEAR).await;
    sandbox.exchange(LINEAR, &code).await;
    let answer_3 = sandbox.exchange(LINEAR, &code).await;
    for refused in [answer_1, answer_2, answer_3] {
        assert_eq!((refused.status, &refused.body["error"]), (StatusCode::BAD_REQUEST, &json!("invalid_grant")));
    }
    let body = json!({"grant_type": "refresh_token", "refresh_token": "x"});
    let as_json = answer(sandbox.client.post(sandbox.url(LINEAR.token)).json(&body).send().await.unwrap()).await;
    assert_eq!((as_json.status, &as_json.body["error"]), (StatusCode::BAD_REQUEST, &json!("invalid_request")));
}

/// A wrong secret is 401; with PKCE the id may stand alone, and HTTP Basic serves as well as the form.
#[tokio::test]
async fn the_client_authenticates_as_linear_allows() {
    let sandbox = start(config()).await;
    let code = sandbox.code(LINEAR).await;
    let refused = sandbox.exchange(Vendor { client_secret: "guess", ..LINEAR }, &code).await;
    assert_eq!((refused.status, &refused.body["error"]), (StatusCode::UNAUTHORIZED, &json!("invalid_client")));
    let (_, refresh) = pair(&sandbox.exchange(LINEAR, &code).await.body);

    let url = sandbox.url(LINEAR.token);
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
    let basic = sandbox.client.post(&url).basic_auth(LINEAR.client_id, Some(LINEAR.client_secret)).form(&form);
    let (_, refresh) = pair(&answer(basic.send().await.unwrap()).await.body);
    let form = [("grant_type", "refresh_token"), ("refresh_token", &refresh), ("client_id", LINEAR.client_id)];
    let alone = answer(sandbox.client.post(&url).form(&form).send().await.unwrap()).await;
    assert_eq!(alone.status, StatusCode::OK);
}

/// One refresh, and neither token of the old pair is worth anything.
#[tokio::test]
async fn rotation_kills_both_old_tokens() {
    let sandbox = start(config()).await;
    let (old_access, old_refresh) = sandbox.connect(LINEAR).await;
    let (access, _) = pair(&sandbox.refresh(LINEAR, &old_refresh).await.body);
    let refused = sandbox.api(LINEAR, &old_access).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert_eq!(refused.body["errors"][0]["extensions"]["type"], "authentication error");
    let again = sandbox.refresh(LINEAR, &old_refresh).await;
    assert_eq!((again.status, &again.body["error"]), (StatusCode::BAD_REQUEST, &json!("invalid_grant")));
    assert_eq!(sandbox.api(LINEAR, &access).await.status, StatusCode::OK);
}

/// An access token lives 86399 seconds.
#[tokio::test]
async fn a_day_ends_an_access_token() {
    let sandbox = start(config()).await;
    let (access, refresh) = sandbox.connect(LINEAR).await;
    sandbox.control("clock", json!({"advance_seconds": 86_390})).await;
    assert_eq!(sandbox.api(LINEAR, &access).await.status, StatusCode::OK);
    sandbox.control("clock", json!({"advance_seconds": 10})).await;
    assert_eq!(sandbox.api(LINEAR, &access).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(sandbox.refresh(LINEAR, &refresh).await.status, StatusCode::OK);
}

/// Either token ends the authorization; what is not known cannot be revoked, and no token is no caller.
#[tokio::test]
async fn a_grant_is_revoked_by_either_token() {
    let sandbox = start(config()).await;
    let url = sandbox.url("/linear/oauth/revoke");
    let (access, refresh) = sandbox.connect(LINEAR).await;
    let by_bearer = sandbox.client.post(&url).bearer_auth(&access).send().await.unwrap();
    assert_eq!(by_bearer.status(), StatusCode::OK);
    assert_eq!(sandbox.refresh(LINEAR, &refresh).await.status, StatusCode::BAD_REQUEST);
    let again = sandbox.client.post(&url).form(&[("access_token", &access)]).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::BAD_REQUEST);

    let (access, refresh) = sandbox.connect(LINEAR).await;
    let by_refresh = sandbox.client.post(&url).form(&[("refresh_token", &refresh)]).send().await.unwrap();
    assert_eq!(by_refresh.status(), StatusCode::OK);
    assert_eq!(sandbox.api(LINEAR, &access).await.status, StatusCode::UNAUTHORIZED);
    let nothing = sandbox.client.post(&url).form(&[("x", "y")]).send().await.unwrap();
    assert_eq!(nothing.status(), StatusCode::UNAUTHORIZED);
}

/// Two accounts are two workspaces, and what the sandbox does not know it says in GraphQL's shape.
#[tokio::test]
async fn the_api_answers_for_the_account_that_consented() {
    let sandbox = start(config()).await;
    let url = sandbox.authorize_url(LINEAR, &[("sandbox_consent", Some("approve")), ("sandbox_account", Some("bob"))]);
    let code = query(&sandbox.client.get(url).send().await.unwrap())["code"].clone();
    let (bob, _) = pair(&sandbox.exchange(LINEAR, &code).await.body);
    let (octo, _) = sandbox.connect(LINEAR).await;
    let organization = async |token: &str| sandbox.api(LINEAR, token).await.body["data"]["organization"]["id"].clone();
    assert_ne!(organization(&bob).await, organization(&octo).await);

    let request = sandbox.client.post(sandbox.url("/linear/graphql")).bearer_auth(&octo);
    let unknown = answer(request.json(&json!({"query": "{ rockets { id } }"})).send().await.unwrap()).await;
    assert_eq!(unknown.status, StatusCode::BAD_REQUEST);
    assert_eq!(unknown.body["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED");
}

/// `actor=app` brings an app user with an id of its own in each workspace, who cannot be an administrator.
#[tokio::test]
async fn an_app_acts_in_its_own_name() {
    let sandbox = start(config()).await;
    let viewer = async |account: &str| {
        let changes =
            [("actor", Some("app")), ("sandbox_consent", Some("approve")), ("sandbox_account", Some(account))];
        let response = sandbox.client.get(sandbox.authorize_url(LINEAR, &changes)).send().await.unwrap();
        let (access, _) = pair(&sandbox.exchange(LINEAR, &query(&response)["code"]).await.body);
        sandbox.api(LINEAR, &access).await.body["data"]["viewer"].clone()
    };
    let (octo, ann) = (viewer("sandbox-octo").await, viewer("ann").await);
    assert_eq!((&octo["app"], &octo["name"]), (&json!(true), &json!("Connectors")));
    assert!(octo["id"] != ann["id"] && octo["id"] != "5a0db0c0-0000-4000-8000-000000000002");
    for (actor, scope, error) in [("app", "read,admin", "invalid_scope"), ("robot", "read", "invalid_request")] {
        let changes = [("actor", Some(actor)), ("scope", Some(scope)), ("sandbox_consent", Some("approve"))];
        let response = sandbox.client.get(sandbox.authorize_url(LINEAR, &changes)).send().await.unwrap();
        assert_eq!(query(&response)["error"], error);
    }
}

/// With the setting, a used refresh token ends every token that came after it.
#[tokio::test]
async fn reuse_can_end_the_family() {
    let sandbox = start(config()).await;
    sandbox.control("linear/settings", json!({"revoke_family_on_reuse": true})).await;
    let (_, refresh) = sandbox.connect(LINEAR).await;
    let (other, _) = sandbox.connect(LINEAR).await;
    let (access, newest) = pair(&sandbox.refresh(LINEAR, &refresh).await.body);
    assert_eq!(sandbox.refresh(LINEAR, &refresh).await.body["error"], "invalid_grant");
    assert_eq!(sandbox.api(LINEAR, &access).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(sandbox.refresh(LINEAR, &newest).await.body["error"], "invalid_grant");
    assert_eq!(sandbox.api(LINEAR, &other).await.status, StatusCode::OK, "another grant of the same person");
}
