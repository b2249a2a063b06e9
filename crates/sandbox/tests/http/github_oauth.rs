//! GitHub's user tokens.

use crate::support::{GITHUB, GITHUB_CALLBACK, VERIFIER, answer, config, pair, query, start};
use reqwest::{StatusCode, header};
use serde_json::json;

/// A good exchange answers what GitHub documents, scopes with commas.
#[tokio::test]
async fn a_code_becomes_an_expiring_pair() {
    let sandbox = start(config()).await;
    let code = sandbox.code(GITHUB).await;
    let answer = sandbox.exchange(GITHUB, &code).await;
    let (access, refresh) = pair(&answer.body);
    assert!(access.starts_with("ghu_") && refresh.starts_with("ghr_"));
    assert_eq!(
        answer.body,
        json!({
            "access_token": access, "expires_in": 28800, "refresh_token": refresh,
            "refresh_token_expires_in": 15_811_200, "scope": "repo,read:org", "token_type": "bearer",
        })
    );
    let user = sandbox.api(GITHUB, &access).await;
    assert_eq!(
        (user.status, &user.body["id"], &user.body["login"]),
        (StatusCode::OK, &json!(9_007_001), &json!("sandbox-octo"))
    );
}

/// Without `Accept: application/json` the answer is a form, for failures too.
#[tokio::test]
async fn the_answer_is_a_form_unless_json_is_accepted() {
    let sandbox = start(config()).await;
    let code = sandbox.code(GITHUB).await;
    let form = [
        ("client_id", GITHUB.client_id),
        ("client_secret", GITHUB.client_secret),
        ("code", &code),
        ("code_verifier", VERIFIER),
    ];
    for expected in ["access_token=ghu_", "error=bad_verification_code&"] {
        let response = sandbox.client.post(sandbox.url(GITHUB.token)).form(&form).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let kind = response.headers()[header::CONTENT_TYPE].to_str().unwrap().to_owned();
        assert!(kind.starts_with("application/x-www-form-urlencoded"), "{kind}");
        let text = response.text().await.unwrap();
        assert!(text.starts_with(expected), "{text}");
    }
}

/// Each mistake is 200 with GitHub's own word for it.
#[tokio::test]
async fn failures_are_200_with_an_error() {
    let sandbox = start(config()).await;
    let code = || sandbox.code(GITHUB);
    let wrong_verifier = "a".repeat(43);
    let cases = [
        (vec![("code", "guess".to_owned()), ("code_verifier", VERIFIER.to_owned())], "bad_verification_code"),
        (vec![("code", code().await)], "bad_verification_code"),
        (vec![("code", code().await), ("code_verifier", wrong_verifier)], "bad_verification_code"),
        (
            vec![
                ("code", code().await),
                ("code_verifier", VERIFIER.to_owned()),
                ("redirect_uri", format!("{GITHUB_CALLBACK}/")),
            ],
            "redirect_uri_mismatch",
        ),
        (vec![("grant_type", "refresh_token".to_owned()), ("refresh_token", "ghr_x".to_owned())], "bad_refresh_token"),
        (vec![("grant_type", "password".to_owned())], "unsupported_grant_type"),
    ];
    for (fields, error) in cases {
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = sandbox.token(GITHUB, &fields).await;
        assert_eq!((answer.status, answer.body["error"].as_str()), (StatusCode::OK, Some(error)), "{fields:?}");
    }
}

/// A wrong secret uses nothing up: the code still works for the real client.
#[tokio::test]
async fn a_wrong_client_secret_is_refused_and_leaves_the_code() {
    let sandbox = start(config()).await;
    let code = sandbox.code(GITHUB).await;
    let stranger = crate::support::Vendor { client_secret: "guess", ..GITHUB };
    assert_eq!(sandbox.exchange(stranger, &code).await.body["error"], "incorrect_client_credentials");
    assert!(sandbox.exchange(GITHUB, &code).await.body["access_token"].is_string());
}

/// Of twenty exchanges of one code at the same moment one succeeds.
#[tokio::test]
async fn a_code_is_single_use_under_races() {
    let sandbox = start(config()).await;
    let code = sandbox.code(GITHUB).await;
    let mut racers = tokio::task::JoinSet::new();
    let sandbox = std::sync::Arc::new(sandbox);
    for _ in 0..20 {
        let (sandbox, code) = (sandbox.clone(), code.clone());
        racers.spawn(async move { sandbox.exchange(GITHUB, &code).await.body["access_token"].is_string() });
    }
    let won = racers.join_all().await.into_iter().filter(|won| *won).count();
    assert_eq!((won, sandbox.counter("github", "exchanges").await), (1, 1));
}

/// One refresh, and neither token of the old pair is worth anything.
#[tokio::test]
async fn rotation_kills_both_old_tokens_at_once() {
    let sandbox = start(config()).await;
    let (old_access, old_refresh) = sandbox.connect(GITHUB).await;
    let (access, refresh) = pair(&sandbox.refresh(GITHUB, &old_refresh).await.body);
    assert!(access != old_access && refresh != old_refresh);
    assert_eq!(sandbox.api(GITHUB, &old_access).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(sandbox.refresh(GITHUB, &old_refresh).await.body["error"], "bad_refresh_token");
    assert_eq!(sandbox.api(GITHUB, &access).await.status, StatusCode::OK);
    assert_eq!(sandbox.counter("github", "live_access_tokens").await, 1);
}

/// Codes live ten minutes and access tokens eight hours, by the sandbox's clock; the refresh token outlives them.
#[tokio::test]
async fn time_ends_codes_and_tokens() {
    let sandbox = start(config()).await;
    let (access, refresh) = sandbox.connect(GITHUB).await;
    let code = sandbox.code(GITHUB).await;
    sandbox.control("clock", json!({"advance_seconds": 601})).await;
    assert_eq!(sandbox.exchange(GITHUB, &code).await.body["error"], "bad_verification_code");
    assert_eq!(sandbox.api(GITHUB, &access).await.status, StatusCode::OK);
    sandbox.control("clock", json!({"advance_seconds": 28_200})).await;
    let refused = sandbox.api(GITHUB, &access).await;
    assert_eq!((refused.status, &refused.body["message"]), (StatusCode::UNAUTHORIZED, &json!("Bad credentials")));
    assert!(sandbox.refresh(GITHUB, &refresh).await.body["access_token"].is_string());
}

/// Another account name is another person, always the same one.
#[tokio::test]
async fn the_account_of_the_request_is_who_signs_in() {
    let sandbox = start(config()).await;
    let url = sandbox.authorize_url(GITHUB, &[("sandbox_consent", Some("approve")), ("sandbox_account", Some("ann"))]);
    let code = query(&sandbox.client.get(url).send().await.unwrap())["code"].clone();
    let (access, _) = pair(&sandbox.exchange(GITHUB, &code).await.body);
    let user = sandbox.api(GITHUB, &access).await.body;
    assert_eq!(user["login"], "ann");
    assert!(user["id"].as_u64().unwrap() > 9_500_000_000);
}

/// The client may check and end tokens, with HTTP Basic and for itself only.
#[tokio::test]
async fn the_client_revokes_a_token_or_the_whole_grant() {
    let sandbox = start(config()).await;
    let (first, _) = sandbox.connect(GITHUB).await;
    let (second, _) = sandbox.connect(GITHUB).await;
    let (third, refresh) = sandbox.connect(GITHUB).await;
    let call = async |method: &str, end: &str, secret: &str, token: &str| {
        let url = sandbox.url(&format!("/github/api/v3/applications/{}/{end}", GITHUB.client_id));
        let request = sandbox.client.request(method.parse().unwrap(), url).basic_auth(GITHUB.client_id, Some(secret));
        answer(request.json(&json!({"access_token": token})).send().await.unwrap()).await
    };
    let secret = GITHUB.client_secret;
    assert_eq!(call("DELETE", "token", "guess", &first).await.status, StatusCode::UNAUTHORIZED);
    let checked = call("POST", "token", secret, &first).await;
    assert_eq!((checked.status, &checked.body["user"]["login"]), (StatusCode::OK, &json!("sandbox-octo")));

    assert_eq!(call("DELETE", "token", secret, &first).await.status, StatusCode::NO_CONTENT);
    assert_eq!(call("DELETE", "token", secret, &first).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(call("POST", "token", secret, &first).await.status, StatusCode::NOT_FOUND);
    assert_eq!(sandbox.api(GITHUB, &first).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(sandbox.api(GITHUB, &second).await.status, StatusCode::OK);

    assert_eq!(call("DELETE", "grant", secret, &second).await.status, StatusCode::NO_CONTENT);
    assert_eq!(sandbox.api(GITHUB, &third).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(sandbox.refresh(GITHUB, &refresh).await.body["error"], "bad_refresh_token");
    assert_eq!(sandbox.counter("github", "revocations").await, 2);
}

/// A request without a `User-Agent` is forbidden, and every answer says how much of the limit is left.
#[tokio::test]
async fn rest_needs_a_user_agent_and_tells_the_rate_limit() {
    let sandbox = start(config()).await;
    let (access, _) = sandbox.connect(GITHUB).await;
    let url = sandbox.url("/github/api/v3/user");
    let silent = sandbox.client.get(&url).bearer_auth(&access).header(header::USER_AGENT, "").send().await.unwrap();
    assert_eq!(silent.status(), StatusCode::FORBIDDEN);
    let response = sandbox.client.get(&url).bearer_auth(&access).send().await.unwrap();
    assert_eq!(response.headers()["x-ratelimit-remaining"], "4998");
    assert_eq!(response.headers()["x-oauth-scopes"], "repo, read:org");
}

/// An app without expiring tokens gets one that does not end and nothing to renew it with.
#[tokio::test]
async fn tokens_can_be_without_an_end() {
    let sandbox = start(config()).await;
    sandbox.control("github/settings", json!({"expiring_tokens": false})).await;
    let code = sandbox.code(GITHUB).await;
    let body = sandbox.exchange(GITHUB, &code).await.body;
    let access = body["access_token"].as_str().unwrap().to_owned();
    assert_eq!(body, json!({"access_token": access, "scope": "repo,read:org", "token_type": "bearer"}));
    sandbox.control("clock", json!({"advance_seconds": 365 * 86_400})).await;
    assert_eq!(sandbox.api(GITHUB, &access).await.status, StatusCode::OK);
}
