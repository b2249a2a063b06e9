//! Providers without a line of code: an entry of the catalogue, and one of an operator's own file.

use crate::support::{Answer, OwnFile, Server};
use chrono::TimeDelta;
use serde_json::{Value, json};
use uuid::Uuid;

const OWN: &str = r#"
[[provider]]
slug = "acme-crm"
name = "Acme CRM"
kind = "oauth2"
verified = false
authorize_url = "https://{subdomain}.acme.example/oauth/authorize"
token_url = "https://{subdomain}.acme.example/oauth/token"
revoke = { url = "https://{subdomain}.acme.example/oauth/revoke", how = "form_with_client" }
account = { url = "https://{subdomain}.acme.example/me" }
variables.subdomain = { form = "label", example = "shop" }
scope_separator = "space"
scopes = ["read"]
pkce = "s256"
refresh = "kept"
client_auth = "basic"

[[provider]]
slug = "acme-keys"
name = "Acme Keys"
kind = "api_key"
verified = false
probe_url = "https://api.acme.example/probe"
api_base = "https://api.acme.example"
placement = { header = "x-acme-key", prefix = "" }
"#;

async fn register(server: &Server, slug: &str, host: &str, more: Value) {
    let mut wish = json!({
        "client_id": "acme-client",
        "client_secret": "acme-secret-of-the-tests",
        "redirect_uris": [format!("{}/oauth/{slug}/callback", server.url)],
        "authorize_path": format!("/{host}/oauth/authorize"),
        "token_path": format!("/{host}/oauth/token"),
        "revoke_path": format!("/{host}/oauth/revoke"),
        "userinfo_path": format!("/{host}/me"),
        "scope_separator": " ",
        "client_auth": "basic",
        "pkce": "required",
        "token_body": "form",
        "rotation": "kept",
        "access_ttl_seconds": 3600,
    });
    wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    server.sandbox.put_control(&format!("generic/{slug}"), &wish).await;
}

async fn start(own: &OwnFile) -> Server {
    Server::with(&[
        ("PROVIDERS_FILE", own.path()),
        ("ACME_CRM_CLIENT_ID", "acme-client"),
        ("ACME_CRM_CLIENT_SECRET", "acme-secret-of-the-tests"),
        ("ACME_CRM_BASE_URL", "{sandbox}/generic/acme-crm"),
        ("ACME_KEYS_BASE_URL", "{sandbox}/generic/acme-keys"),
    ])
    .await
}

async fn begun(server: &Server, tenant: Uuid, parameters: Value) -> Answer {
    server.operator(tenant).post("/connect/acme-crm", &json!({ "parameters": parameters })).await
}

/// The operator's own provider goes the whole way: connect with its subdomain, vend, renew, end.
#[tokio::test]
async fn a_provider_of_an_own_file_goes_the_whole_way() {
    let own = OwnFile::new(OWN);
    let server = start(&own).await;
    let tenant = server.tenant().await;
    register(&server, "acme-crm", "shop.acme.example", json!({})).await;
    let shown = server.anonymous().get("/providers/acme-crm").await.with(200);
    assert_eq!((&shown["configured"], &shown["inputs"][0]["name"]), (&json!(true), &json!("subdomain")));
    let started = begun(&server, tenant, json!({"subdomain": "shop"})).await.with(201);
    let back = server.sandbox.approve(started["authorize_url"].as_str().unwrap(), "ann").await;
    let callback = format!("/connect/acme-crm/callback?{}", back.query().unwrap());
    let connection = server.operator(tenant).get(&callback).await.with(200);
    let first = server.vend(tenant, &connection).await;
    server.advance(TimeDelta::hours(2)).await;
    let second = server.vend(tenant, &connection).await;
    assert_ne!(first["access_token"], second["access_token"]);
    let id = connection["id"].as_str().unwrap();
    let ended = server.operator(tenant).delete(&format!("/connections/{id}")).await.with(200);
    assert_eq!(ended, json!({"status": "revoked", "at_provider": "revoked"}));
}

/// What would lead out of the vendor's hosts is refused before anything is kept.
#[tokio::test]
async fn a_hostile_subdomain_is_refused() {
    let own = OwnFile::new(OWN);
    let server = start(&own).await;
    let tenant = server.tenant().await;
    server
        .unchanged(async {
            for parameters in [
                json!({}),
                json!({"subdomain": "evil.example/#"}),
                json!({"subdomain": "a.b@evil.example"}),
                json!({"subdomain": "169.254.169.254"}),
                json!({"subdomain": ""}),
                json!({"subdomain": "SHOP"}),
                json!({"subdomain": "shop", "other": "x"}),
            ] {
                let answer = begun(&server, tenant, parameters.clone()).await;
                assert_eq!(answer.problem(), (400, "VALIDATION_FAILED".to_owned()), "{parameters}");
            }
        })
        .await;
}

/// A key is tried before it is kept, travels where the entry says, and comes out again for an operator; a wrong one is refused.
#[tokio::test]
async fn a_pasted_key_is_tried_kept_and_used() {
    let own = OwnFile::new(OWN);
    let server = start(&own).await;
    let tenant = server.tenant().await;
    let credential = json!({"placement": "header", "name": "x-acme-key", "value": "key-of-the-tests"});
    server.sandbox.put_control("generic/acme-keys", &json!({ "credential": credential })).await;
    let operator = server.operator(tenant);
    let paste = |key: &str| json!({"label": "Work", "credentials": {"api_key": key}});
    server
        .unchanged(async {
            for body in [
                paste("wrong"),
                paste(""),
                paste("a\nb"),
                json!({"credentials": {"username": "a", "password": "b"}}),
                json!({"credentials": {}}),
                json!({}),
            ] {
                let answer = operator.post("/connect/acme-keys", &body).await;
                assert_eq!(answer.problem(), (400, "VALIDATION_FAILED".to_owned()), "{body}");
            }
        })
        .await;
    let connection = operator.post("/connect/acme-keys", &paste("key-of-the-tests")).await.with(201);
    assert_eq!((&connection["label"], &connection["health"]["status"]), (&json!("Work"), &json!("active")));
    assert_eq!(server.vend(tenant, &connection).await["access_token"], "key-of-the-tests");
    let id = connection["id"].as_str().unwrap();
    assert_eq!(operator.get(&format!("/proxy/{id}/probe")).await.status, 200);
    // Nothing is fetched of a vendor without code.
    assert_eq!(operator.get(&format!("/connections/{id}/streams")).await.with(200), json!({"streams": []}));
    let ended = operator.delete(&format!("/connections/{id}")).await.with(200);
    assert_eq!(ended, json!({"status": "revoked", "at_provider": "not_offered"}));
    for (table, rows) in server.everything().await {
        assert!(!rows.contains("key-of-the-tests"), "{table}");
    }
}

/// A file with faults stops the start, each fault with its line.
#[tokio::test]
async fn a_faulty_file_is_named_with_its_lines() {
    let own =
        OwnFile::new(&OWN.replace("pkce = \"s256\"", "pkce = \"maybe\"").replace("https://api.acme", "ftp://api.acme"));
    let pairs = [("PROVIDERS_FILE", own.path())];
    let faults = connectors::config::reload_providers(&kernel::Env::from_pairs(pairs)).err().unwrap();
    let named: Vec<&str> =
        faults.0.iter().filter(|fault| fault.key == "PROVIDERS_FILE").map(|fault| fault.problem.as_str()).collect();
    assert!(named.len() >= 2 && named.iter().any(|problem| problem.contains(".toml:14:")), "{named:?}");
}
