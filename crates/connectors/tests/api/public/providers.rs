use crate::support::Server;
use serde_json::json;

/// The catalogue says what can be done here and what to paste at the vendor.
#[tokio::test]
async fn the_catalogue_says_what_is_configured() {
    let server = Server::with(&[("GITHUB_CLIENT_ID", ""), ("GITHUB_CLIENT_SECRET", "")]).await;
    let list = server.anonymous().get("/providers").await.with(200);
    let slugs: Vec<_> = list["providers"].as_array().unwrap().iter().map(|one| one["slug"].as_str().unwrap()).collect();
    assert!(slugs.is_sorted() && slugs.len() > 150, "{}", slugs.len());
    let configured = list["providers"].as_array().unwrap().iter().filter(|one| one["configured"] == true);
    let consented = configured.filter(|one| one["auth"] == "oauth2").map(|one| one["slug"].as_str().unwrap());
    assert_eq!(consented.collect::<Vec<_>>(), ["google", "jira", "linear", "slack", "spotify", "zoho"]);
    let linear = server.anonymous().get("/providers/linear").await.with(200);
    let expected = json!({
        "slug": "linear",
        "name": "Linear",
        "docs": "https://linear.app/developers/oauth-2-0-authentication",
        "verified": true,
        "auth": "oauth2",
        "configured": true,
        "capabilities": {"connect": true, "installations": false, "refresh": true, "revoke": true, "webhooks": true,
                         "registers_webhooks": true, "sign_in": true, "mcp": true},
        "revocation": "account",
        "scopes": ["read", "write"],
        "inputs": [{
            "name": "actor",
            "about": "Whether the app acts as the person or as itself; the latter takes a workspace admin.",
            "example": "app",
            "required": false,
            "one_of": ["user", "app"],
        }],
        "redirect_url": format!("{}/oauth/linear/callback", server.url),
        "webhook_url": format!("{}/webhooks/linear", server.url),
    });
    assert_eq!(linear, expected);
    assert_eq!(server.anonymous().get("/providers/github").await.with(200)["configured"], false);
}

/// A provider nobody knows, and one without settings, are told apart on every route that names one.
#[tokio::test]
async fn unknown_and_unconfigured_providers_are_refused() {
    let server = Server::with(&[("GITHUB_CLIENT_ID", ""), ("GITHUB_CLIENT_SECRET", "")]).await;
    let (tenant, member) = (server.tenant().await, server.member(kernel::UserId::generate()));
    let (operator, nobody) = (server.operator(tenant), server.anonymous());
    member.get("/connections").await.with(200);
    server
        .unchanged(async {
            for (slug, code) in [("nothing", "PROVIDER_NOT_SUPPORTED"), ("github", "PROVIDER_NOT_CONFIGURED")] {
                let answers = [
                    operator.post_nothing(&format!("/connect/{slug}")).await,
                    nobody.get(&format!("/oauth/{slug}")).await,
                    member.get(&format!("/oauth/{slug}/callback?state=x&code=y")).await,
                    operator.get(&format!("/connect/{slug}/callback?state=x&code=y")).await,
                    nobody.get(&format!("/oauth/install/{slug}?start=x")).await,
                    member.post(&format!("/oauth/{slug}/link"), &json!({"code": "x"})).await,
                    nobody.post(&format!("/webhooks/{slug}"), &json!({})).await,
                    nobody.post(&format!("/webhooks/{slug}/{tenant}"), &json!({})).await,
                    nobody.post(&format!("/{slug}/events"), &json!({})).await,
                ];
                for answer in answers {
                    assert_eq!(answer.problem(), (404, code.to_owned()), "{}", answer.text);
                }
            }
            let vend = operator.get("/oauth/token/nothing").await;
            assert_eq!(vend.problem(), (404, "PROVIDER_NOT_SUPPORTED".to_owned()));
            let show = nobody.get("/providers/nothing").await;
            assert_eq!(show.problem(), (404, "PROVIDER_NOT_SUPPORTED".to_owned()));
        })
        .await;
}
