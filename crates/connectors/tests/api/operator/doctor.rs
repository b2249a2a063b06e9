//! What `GET /doctor` tells, to whom, and that it tells no secret.

use crate::{
    api::operator_tokens::limited_token,
    support::{Answer, OPERATOR, Server},
};
use connectors::rights::{Allowed, Rights};
use kernel::TenantId;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Levels of what was found about something.
fn about<'a>(report: &'a Value, about: &str) -> Vec<&'a str> {
    let found = report["findings"].as_array().unwrap().iter().filter(|one| one["about"] == about);
    found.map(|one| one["level"].as_str().unwrap()).collect()
}

fn report(answer: &Answer) -> Value {
    assert_eq!(testkit::canary::found(answer.text.as_bytes()), None);
    answer.with(200)
}

/// A deployment that serves is told whole, the vendors only where that is asked for, and nothing changes by it.
#[tokio::test]
async fn a_deployment_is_examined() {
    let server = Server::with(&[("PUBLIC_URL", "{url}")]).await;
    let operator = server.anonymous().bearer(OPERATOR);
    server
        .unchanged(async {
            let near = report(&operator.get("/doctor").await);
            assert_eq!(near["well"], true, "{near:#}");
            for thing in ["configuration", "database", "migrations", "vault", "auth"] {
                assert!(
                    !about(&near, thing).is_empty() && !about(&near, thing).contains(&"fault"),
                    "{thing}: {near:#}"
                );
            }
            assert_eq!(about(&near, "redis"), ["note"]);
            assert!(about(&near, "linear").is_empty(), "{near:#}");
            let far = report(&operator.get("/doctor?outside=true").await);
            assert_eq!(about(&far, "linear"), ["ok"], "{far:#}");
            assert!(about(&far, "address").contains(&"ok"), "{far:#}");
        })
        .await;
}

/// Each provider says what it lacks, by the names of the settings, and what to enter at the vendor.
#[tokio::test]
async fn a_provider_says_what_it_lacks() {
    let server = Server::with(&[("LINEAR_CLIENT_ID", ""), ("LINEAR_CLIENT_SECRET", "")]).await;
    let found = report(&server.anonymous().bearer(OPERATOR).get("/doctor").await);
    let of = |slug| found["providers"].as_array().unwrap().iter().find(|one| one["slug"] == slug).unwrap();
    assert_eq!((&of("github")["is_set_up"], &of("linear")["is_set_up"]), (&json!(true), &json!(false)));
    let missing = json!({ "keys": ["LINEAR_CLIENT_ID", "LINEAR_CLIENT_SECRET"], "to": "to connect accounts" });
    assert_eq!(of("linear")["missing"][0], missing);
    assert!(of("linear")["redirect_url"].as_str().unwrap().ends_with("/oauth/linear/callback"));
}

/// A vendor that cannot be reached is a fault, with what to do.
#[tokio::test]
async fn a_vendor_that_is_away_is_a_fault() {
    let server = Server::with(&[("LINEAR_BASE_URL", "http://127.0.0.1:1")]).await;
    let found = report(&server.anonymous().bearer(OPERATOR).get("/doctor?outside=true").await);
    assert_eq!((&found["well"], about(&found, "linear")), (&json!(false), vec!["fault"]));
}

/// It is about everybody's deployment: a token for some tenants or providers, a person and a stranger do not see it.
#[tokio::test]
async fn only_whoever_operates_all_may_ask() {
    let server = Server::start().await;
    let tenant: TenantId = server.tenant().await.to_string().parse().unwrap();
    let some_tenants = |rights: &mut Rights| rights.tenants = Allowed::Only(BTreeSet::from([tenant]));
    let some_providers = |rights: &mut Rights| rights.providers = Allowed::Only(BTreeSet::from(["linear".to_owned()]));
    for token in [limited_token(&server, some_tenants).await, limited_token(&server, some_providers).await] {
        let answer = server.anonymous().bearer(token.token.expose()).get("/doctor").await;
        assert_eq!(answer.problem(), (403, "FORBIDDEN".to_owned()));
    }
    assert_eq!(server.anonymous().get("/doctor").await.problem(), (401, "UNAUTHORIZED".to_owned()));
    let wrong = server.anonymous().bearer(OPERATOR).get("/doctor?outside=maybe").await;
    assert_eq!(wrong.problem(), (400, "VALIDATION_FAILED".to_owned()));
}
