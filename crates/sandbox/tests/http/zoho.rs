//! Zoho, as the connectors and a browser meet it.

use crate::{
    connect::{Connect, ZOHO, connect_config, text},
    support::{answer, query, start},
};
use reqwest::StatusCode;
use serde_json::json;

const EU: Connect = Connect { authorize: "/zoho/eu/oauth/v2/auth", token: "/zoho/eu/oauth/v2/token", ..ZOHO };
const ANN: &[(&str, Option<&str>)] = &[("sandbox_account", Some("ann-eu"))];

/// A person of another data centre is sent on to it, and the callback says where the code is known: there and nowhere
/// else.
#[tokio::test]
async fn a_person_is_sent_to_their_own_data_centre() {
    let sandbox = start(connect_config()).await;
    let on = sandbox.visit(ZOHO, ANN).await;
    let next = on.headers()["location"].to_str().unwrap().to_owned();
    assert!(next.starts_with(&sandbox.url("/zoho/eu/oauth/v2/auth?")), "{next}");
    let back = query(&sandbox.client.get(next).send().await.unwrap());
    assert_eq!((back["location"].as_str(), back["state"].as_str()), ("eu", "st4te"));
    assert_eq!(back["accounts-server"], sandbox.url("/zoho/eu"));

    let wrong = sandbox.redeem(ZOHO, &back["code"]).await;
    assert_eq!((wrong.status, wrong.body), (StatusCode::OK, json!({"error": "invalid_code"})));
    let granted = sandbox.redeem(EU, &back["code"]).await.body;
    let (access, refresh) = (text(&granted, "access_token"), text(&granted, "refresh_token"));
    assert_eq!(
        granted,
        json!({
            "access_token": access, "refresh_token": refresh, "api_domain": sandbox.url("/zoho/eu/api"),
            "token_type": "Bearer", "expires_in": 3600,
            "scope": "ZohoCRM.org.READ ZohoCRM.users.READ AaaServer.profile.READ",
        })
    );
    assert_eq!(sandbox.renew(ZOHO, &refresh).await.body, json!({"error": "invalid_code"}));
    let renewed = sandbox.renew(EU, &refresh).await.body;
    assert!(renewed["access_token"].is_string() && renewed["refresh_token"].is_null() && renewed["scope"].is_null());
    assert_eq!(sandbox.read("/zoho/us/api/crm/v8/org", &access).await.body["code"], "INVALID_TOKEN");
}

/// Nobody is sent to China, and nobody from there.
#[tokio::test]
async fn china_is_by_itself() {
    let sandbox = start(connect_config()).await;
    let refused = sandbox.visit(ZOHO, &[("sandbox_account", Some("li-cn"))]).await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    let china = Connect { authorize: "/zoho/cn/oauth/v2/auth", ..ZOHO };
    assert_eq!(query(&sandbox.visit(china, &[("sandbox_account", Some("li-cn"))]).await)["location"], "cn");
}

/// Person, organization and CRM user, with either word before the token and only with their scopes.
#[tokio::test]
async fn the_api_answers_in_zohos_words() {
    let sandbox = start(connect_config()).await;
    let access = text(&sandbox.join(ZOHO, &[]).await, "access_token");
    let info = sandbox.read("/zoho/us/oauth/user/info", &access).await.body;
    assert_eq!((&info["Display_Name"], info["ZUID"].is_u64()), (&json!("Sandbox Octo"), true));
    let request = sandbox.client.get(sandbox.url("/zoho/us/api/crm/v8/org"));
    let request = request.header("authorization", format!("Zoho-oauthtoken {access}"));
    assert!(answer(request.send().await.unwrap()).await.body["org"][0]["zgid"].is_string());
    let users = sandbox.read("/zoho/us/api/crm/v8/users?type=CurrentUser", &access).await.body;
    assert_eq!(users["users"][0]["zuid"].as_str().unwrap(), info["ZUID"].to_string());
    let narrow = text(&sandbox.join(ZOHO, &[("scope", Some("ZohoCRM.users.READ"))]).await, "access_token");
    let refused = sandbox.read("/zoho/us/api/crm/v8/org", &narrow).await;
    assert_eq!((refused.status, &refused.body["code"]), (StatusCode::UNAUTHORIZED, &json!("OAUTH_SCOPE_MISMATCH")));
}

/// Failures are 200 with a word; too many requests look almost like a refusal.
#[tokio::test]
async fn failures_are_200() {
    let sandbox = start(connect_config()).await;
    let form = [("grant_type", "refresh_token"), ("client_id", "connect-zoho"), ("client_secret", "guess")];
    let refused = answer(sandbox.client.post(sandbox.url(ZOHO.token)).form(&form).send().await.unwrap()).await;
    assert_eq!((refused.status, refused.body), (StatusCode::OK, json!({"error": "invalid_client_secret"})));
    sandbox.control("zoho/faults", json!({"on": "token", "kind": "rate_limited"})).await;
    let refresh = text(&sandbox.join(ZOHO, &[]).await, "error");
    assert_eq!(refresh, "Access Denied");
    assert_eq!(query(&sandbox.visit(ZOHO, &[("scope", Some("a b"))]).await)["error"], "invalid_scope");
}

/// The 21st refresh token kills the first; a second consent without `prompt` brings none; one can be revoked.
#[tokio::test]
async fn refresh_tokens_are_counted_and_revoked() {
    let sandbox = start(connect_config()).await;
    let first = text(&sandbox.join(ZOHO, &[]).await, "refresh_token");
    assert!(sandbox.join(ZOHO, &[("prompt", None)]).await["refresh_token"].is_null());
    let mut last = String::new();
    for _ in 0..19 {
        last = text(&sandbox.join(ZOHO, &[]).await, "refresh_token");
    }
    assert!(sandbox.renew(ZOHO, &first).await.body["access_token"].is_string());
    sandbox.join(ZOHO, &[]).await;
    assert_eq!(sandbox.renew(ZOHO, &first).await.body, json!({"error": "invalid_code"}));

    let revoke = async |token: &str| {
        let url = sandbox.url(&format!("/zoho/us/oauth/v2/token/revoke?token={token}"));
        answer(sandbox.client.post(url).send().await.unwrap()).await.body
    };
    assert_eq!(revoke(&last).await, json!({"status": "success"}));
    assert_eq!(revoke(&last).await, json!({"error": "invalid_code"}));
    assert_eq!(sandbox.renew(ZOHO, &last).await.body, json!({"error": "invalid_code"}));
}
