//! Where secrets must not be.

use crate::support::{Logs, OPERATOR, Server};
use chrono::TimeDelta;
use kernel::UserId;
use serde_json::json;
use std::collections::BTreeSet;
use url::Url;

/// A whole story, with its failures: connect, vend, refresh, reconnect, link, disconnect. No log line down to TRACE, of
/// ours or of a library, no error body and no row of any table holds a token, a client secret, a verifier, a state, a code
/// or an operator's token.
#[tokio::test]
async fn secrets_are_nowhere() {
    let logs = Logs::capture();
    let server = Server::start().await;
    let (tenant, user) = (server.tenant().await, UserId::generate());
    let mut secrets = BTreeSet::from([
        OPERATOR.to_owned(),
        "github-client-secret-zXcanaryXz-of-the-tests".to_owned(),
        "linear-client-secret-zXcanaryXz-of-the-tests".to_owned(),
        "github-webhook-secret-zXcanaryXz-of-the-tests".to_owned(),
        "linear-webhook-secret-zXcanaryXz-of-the-tests".to_owned(),
        "0123456789abcdef0123456789abcdef".to_owned(),
    ]);
    secrets.extend(["slack", "zoho"].map(|slug| format!("{slug}-client-secret-of-the-tests")));
    server.sandbox.control("slack/settings", json!({"rotation": true})).await;
    let mut bodies = String::new();
    for provider in ["github", "linear", "slack", "zoho"] {
        let jwt = server.people.token(user);
        secrets.insert(jwt.rsplit('.').next().unwrap().to_owned());
        let member = server.browser().bearer(&jwt);
        let started = member.post_nothing(&format!("/connect/{provider}")).await.with(201);
        let out: Url = started["authorize_url"].as_str().unwrap().parse().unwrap();
        let back = server.sandbox.approve(out.as_str(), "ann").await;
        for (name, value) in out.query_pairs().chain(back.query_pairs()) {
            if ["state", "code", "code_challenge"].contains(&name.as_ref()) {
                secrets.insert(value.into_owned());
            }
        }
        let start = started["install_url"].as_str().unwrap().split("start=").nth(1).unwrap();
        secrets.insert(start.to_owned());
        let path = format!("{}?{}", back.path(), back.query().unwrap());
        bodies += &server.browser().get(&path).await.text;
        assert_eq!(member.get(&path).await.status, 200);
        bodies += &member.get(&path).await.text;

        let connection = server.connected(tenant, provider, "bob").await;
        for kind in ["status_429", "truncated_json", "error_200", "empty"] {
            secrets.insert(server.vend(tenant, &connection).await["access_token"].as_str().unwrap().to_owned());
            server.advance(TimeDelta::hours(25)).await;
            let fault = json!({"on": "token", "kind": kind, "error": "no_such_word"});
            server.sandbox.control(&format!("{provider}/faults"), fault).await;
            bodies += &server.vend_answer(tenant, &connection).await.text;
            server.advance(TimeDelta::seconds(61)).await;
        }
        secrets.insert(server.vend(tenant, &connection).await["access_token"].as_str().unwrap().to_owned());
        bodies += &server.operator(tenant).post_nothing("/connections/x/refresh").await.text;
        bodies += &server.anonymous().bearer(&jwt[..jwt.len() - 4]).get("/connections").await.text;
        bodies += &server.anonymous().post(&format!("/webhooks/{provider}"), &json!({})).await.text;
        server.sandbox.fault(provider, "revoke", "status_500", 1).await;
        let path = format!("/connections/{}", connection["id"].as_str().unwrap());
        assert_eq!(server.operator(tenant).delete(&path).await.with(200)["at_provider"], "pending");
    }
    let browser = server.browser();
    let url = browser.get("/oauth/github?return_url=/done").await.with(200)["url"].as_str().unwrap().to_owned();
    let back = server.sandbox.approve(&url, "eve").await;
    let done = browser.get(&format!("{}?{}", back.path(), back.query().unwrap())).await.location();
    secrets.insert(done.query_pairs().find(|(name, _)| name == "link_code").unwrap().1.into_owned());

    let rows: String = server.everything().await.into_values().collect();
    let logged = logs.text();
    assert!(secrets.len() > 20 && logged.len() > 10_000 && rows.len() > 1000 && bodies.len() > 1000);
    for secret in &secrets {
        assert!(secret.len() >= 16, "{secret}");
        assert!(!bodies.contains(secret.as_str()), "a body holds {secret}");
        assert!(!rows.contains(secret.as_str()) && !rows.contains(&hex::encode(secret)), "a row holds {secret}");
        let line = logged.lines().find(|line| line.contains(secret.as_str()));
        assert!(line.is_none(), "a log line holds {secret}: {line:?}");
    }
    // Bytes are shown as hex in a dump, and tokens have their vendors' prefixes.
    for prefix in ["ghu_", "ghr_", "lin_oauth_", "lin_refresh_", "xoxe", "=1000.", "\"1000."] {
        assert!(!rows.contains(&hex::encode(prefix)) && !rows.contains(prefix) && !bodies.contains(prefix), "{prefix}");
        let line = logged.lines().find(|line| line.contains(prefix));
        assert!(line.is_none(), "{line:?}");
    }
}
