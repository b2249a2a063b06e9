use crate::{api::operator_tokens::limited_token, support::Server};
use connectors::rights::Allowed;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn entered() -> Value {
    json!({
        "client_id": "our-own",
        "client_secret": "a-secret-of-the-tenant",
        "scopes": ["read"],
        "webhook_secrets": ["a-webhook-secret-of-the-tenant"],
    })
}

/// What was entered comes back without its secrets, and lies nowhere in plain text.
#[tokio::test]
async fn a_client_is_entered_shown_and_deleted() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let operator = server.operator(tenant);
    assert_eq!(operator.get("/provider-configs/linear").await.problem(), (404, "PROVIDER_NOT_CONFIGURED".to_owned()));
    let created = operator.put_json("/provider-configs/linear", &entered()).await.with(201);
    let mut shown = operator.get("/provider-configs/linear").await.with(200);
    assert_eq!(created, shown);
    for time in ["created_at", "updated_at"] {
        assert!(shown.as_object_mut().unwrap().remove(time).unwrap().is_string());
    }
    let expected = json!({
        "provider": "linear", "client_id": "our-own", "redirect_uri": null, "scopes": ["read"], "app": null,
    });
    assert_eq!(shown, expected);
    for (table, rows) in server.everything().await {
        assert!(!rows.contains("of-the-tenant"), "{table}");
    }
    operator.put_json("/provider-configs/linear", &entered()).await.with(200);
    let others = server.operator(server.tenant().await);
    assert_eq!(others.get("/provider-configs/linear").await.status, 404);
    assert_eq!(others.delete("/provider-configs/linear").await.status, 404);
    assert_eq!(operator.delete("/provider-configs/linear").await.status, 204);
    assert_eq!(operator.delete("/provider-configs/linear").await.status, 404);
    let actions: Vec<String> =
        sqlx::query_scalar("select action from audit_log order by id").fetch_all(&server.database.pool).await.unwrap();
    assert_eq!(actions, ["provider_config.create", "provider_config.replace", "provider_config.delete"]);
}

/// A tenant's clients are listed by provider, its own alone, and without secrets; a token sees those of its providers.
#[tokio::test]
async fn a_tenants_clients_are_listed() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let operator = server.operator(tenant);
    assert_eq!(operator.get("/provider-configs").await.with(200), json!({ "provider_configs": [] }));
    for provider in ["linear", "github"] {
        operator.put_json(&format!("/provider-configs/{provider}"), &entered()).await.with(201);
    }
    let listed = operator.get("/provider-configs").await;
    assert!(!listed.text.contains("of-the-tenant"), "{}", listed.text);
    let listed = listed.with(200);
    let slugs: Vec<&Value> =
        listed["provider_configs"].as_array().unwrap().iter().map(|one| &one["provider"]).collect();
    assert_eq!(slugs, ["github", "linear"]);
    assert_eq!(listed["provider_configs"][1], operator.get("/provider-configs/linear").await.with(200));
    let others = server.operator(server.tenant().await).get("/provider-configs").await.with(200);
    assert_eq!(others, json!({ "provider_configs": [] }));
    let some = BTreeSet::from(["linear".to_owned()]);
    let partly = limited_token(&server, |rights| rights.providers = Allowed::Only(some)).await;
    let partly = server.anonymous().bearer(partly.token.expose()).with("x-tenant-id", &tenant.to_string());
    let seen = partly.get("/provider-configs").await.with(200);
    assert_eq!(seen["provider_configs"].as_array().unwrap().len(), 1);
    assert_eq!(seen["provider_configs"][0]["provider"], "linear");
}

/// A client that cannot work is refused with the member that is at fault, and nothing is stored.
#[tokio::test]
async fn a_client_that_cannot_be_used_is_refused() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let operator = server.operator(tenant);
    let with = |name: &str, value: Value| {
        let mut body = entered();
        body[name] = value;
        body
    };
    let long = "x".repeat(4097);
    let app = json!({"name": "a", "id": "1", "private_key": "-----BEGIN RSA PRIVATE KEY-----\nx"});
    let cases = [
        ("linear", with("client_id", json!("")), "#/client_id"),
        ("linear", with("client_id", json!("a b")), "#/client_id"),
        ("linear", with("client_id", json!(long)), "#/client_id"),
        ("linear", with("client_secret", json!("")), "#/client_secret"),
        ("linear", with("client_secret", json!("a\nb")), "#/client_secret"),
        ("linear", with("redirect_uri", json!("http://app.example/callback")), "#/redirect_uri"),
        ("linear", with("redirect_uri", json!("https://app.example/callback#x")), "#/redirect_uri"),
        ("linear", with("redirect_uri", json!("https://u:p@app.example/callback")), "#/redirect_uri"),
        ("linear", with("redirect_uri", json!("/callback")), "#/redirect_uri"),
        ("linear", with("scopes", json!(["a,b"])), "#/scopes"),
        ("linear", with("webhook_secrets", json!(["short"])), "#/webhook_secrets"),
        ("linear", with("webhook_secrets", json!([long, long, long])), "#/webhook_secrets"),
        ("linear", with("app", app.clone()), "#/app"),
        ("github", with("app", json!({"name": "", "id": "1", "private_key": "-----BEGIN "})), "#/app"),
        ("github", with("app", json!({"name": "a", "id": "1", "private_key": "no key"})), "#/app/private_key"),
        ("linear", with("surprise", json!(1)), "#"),
        ("linear", json!({"client_id": "x"}), "#"),
    ];
    server
        .unchanged(async {
            for (slug, body, pointer) in cases {
                let answer = operator.put_json(&format!("/provider-configs/{slug}"), &body).await;
                assert_eq!(answer.problem(), (400, "VALIDATION_FAILED".to_owned()), "{body}");
                assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{body}");
                assert!(!answer.text.contains("of-the-tenant"), "{}", answer.text);
            }
            let unknown = operator.put_json("/provider-configs/nothing", &entered()).await;
            assert_eq!(unknown.problem(), (404, "PROVIDER_NOT_SUPPORTED".to_owned()));
        })
        .await;
}
