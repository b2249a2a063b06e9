use crate::support::Server;
use kernel::UserId;
use serde_json::json;
use std::collections::BTreeMap;
use url::Url;

/// The address carries the client, the exact redirect, S256 and a fresh 256-bit state; the same under the alias.
#[tokio::test]
async fn a_start_answers_the_vendors_address() {
    let server = Server::start().await;
    for path in ["/oauth/linear", "/api/linear/auth"] {
        let answer = server.browser().get(path).await;
        let cookie = answer.header("set-cookie").unwrap().to_owned();
        assert!(cookie.starts_with("connectors-browser=") && cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax"));
        let url: Url = answer.with(200)["url"].as_str().unwrap().parse().unwrap();
        let mut query: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
        assert_eq!(query.remove("state").unwrap().len(), 43);
        assert_eq!(query.remove("code_challenge").unwrap().len(), 43);
        let expected = [
            ("client_id", "lin-tests".to_owned()),
            ("code_challenge_method", "S256".to_owned()),
            ("prompt", "consent".to_owned()),
            ("redirect_uri", format!("{}/oauth/linear/callback", server.url)),
            ("response_type", "code".to_owned()),
            ("scope", "read,write".to_owned()),
        ];
        assert_eq!(query, expected.into_iter().map(|(name, value)| (name.to_owned(), value)).collect());
    }
    assert_eq!(server.database.count("oauth_states").await, 2);
}

/// A browser is sent back to us or to a listed frontend, to nobody else.
#[tokio::test]
async fn a_foreign_return_url_is_refused() {
    let server = Server::start().await;
    let member = server.member(UserId::generate());
    member.get("/connections").await.with(200);
    server
        .unchanged(async {
            for foreign in ["https://evil.test/", "//evil.test", "https://app.test.evil.test/", "javascript:alert(1)"] {
                let encoded: String = url::form_urlencoded::byte_serialize(foreign.as_bytes()).collect();
                let public = server.browser().get(&format!("/oauth/github?return_url={encoded}")).await;
                let tenant = member.post("/connect/github", &json!({"return_url": foreign})).await;
                for answer in [public, tenant] {
                    assert_eq!(answer.problem(), (400, "VALIDATION_FAILED".to_owned()), "{foreign}");
                    assert_eq!(answer.json()["errors"][0]["pointer"], "#/return_url");
                }
            }
        })
        .await;
}

/// A credential shown at a public route has to hold all the same; an install link works once and for its provider.
#[tokio::test]
async fn public_starts_do_not_take_anything() {
    let server = Server::start().await;
    let forged = server.browser().bearer("nonsense").get("/oauth/github").await;
    assert_eq!(forged.problem(), (401, "UNAUTHORIZED".to_owned()));
    let without = server.browser().get("/oauth/install/github").await;
    assert_eq!(without.problem(), (401, "UNAUTHORIZED".to_owned()));
    let started = server.operator(server.tenant().await).post_nothing("/connect/github").await.with(201);
    let install = started["install_url"].as_str().unwrap().strip_prefix(&server.url).unwrap();
    let invalid = (400, "STATE_INVALID".to_owned());
    assert_eq!(server.browser().get(&install.replace("github", "linear")).await.problem(), invalid);
    assert!(server.browser().get(install).await.location().as_str().starts_with(server.sandbox.url()));
    assert_eq!(server.browser().get(install).await.problem(), invalid);
}
