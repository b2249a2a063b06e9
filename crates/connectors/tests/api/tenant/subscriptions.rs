use crate::{api::limited_token, support::Server};
use connectors::rights::Allowed;
use serde_json::json;
use std::collections::BTreeSet;

/// What does not hold together says which part.
#[tokio::test]
async fn a_bad_wish_is_refused() {
    let server = Server::start().await;
    let operator = server.operator(server.tenant().await);
    let url = "https://hooks.example.com/";
    for (wish, pointer) in [
        (json!({ "url": url, "kinds": [] }), "#/kinds"),
        (json!({ "url": url, "kinds": ["nothing"] }), "#/kinds"),
        (json!({ "url": url, "providers": [] }), "#/providers"),
        (json!({ "url": url, "providers": ["nothing"] }), "#/providers"),
        (json!({ "url": url, "description": "x".repeat(501) }), "#/description"),
        (json!({ "url": url, "secret": "whsec_dG9vIHNob3J0" }), "#/secret"),
        (json!({ "url": url, "secret": "0123456789abcdef0123456789abcdef" }), "#/secret"),
        (json!({ "url": format!("{url}{}", "x".repeat(2_048)) }), "#/url"),
        (json!({ "kinds": ["push"] }), "#"),
        (json!({ "url": url, "more": 1 }), "#"),
    ] {
        let answer = operator.put_json("/subscriptions", &wish).await;
        assert_eq!(answer.problem(), (400, "VALIDATION_FAILED".to_owned()), "{wish}");
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{wish}");
    }
    assert_eq!(server.database.count("subscriptions").await, 0);
}

/// Twenty of a tenant; one that is there can still be replaced, and one that goes makes room.
#[tokio::test]
async fn subscriptions_are_bounded() {
    let server = Server::start().await;
    let operator = server.operator(server.tenant().await);
    let wish = |number: usize| json!({ "url": format!("https://hooks.example.com/{number}") });
    for number in 0..20 {
        operator.put_json("/subscriptions", &wish(number)).await.with(201);
    }
    assert_eq!(operator.put_json("/subscriptions", &wish(20)).await.problem(), (409, "CONFLICT".to_owned()));
    operator.put_json("/subscriptions", &wish(19)).await.with(200);
    let listed = operator.get("/subscriptions").await.with(200);
    assert_eq!(listed["subscriptions"].as_array().unwrap().len(), 20);
    let id = listed["subscriptions"][0]["id"].as_str().unwrap();
    assert_eq!(operator.delete(&format!("/subscriptions/{id}")).await.status, 204);
    assert_eq!(
        operator.get(&format!("/subscriptions/{id}")).await.problem(),
        (404, "SUBSCRIPTION_NOT_FOUND".to_owned())
    );
    operator.put_json("/subscriptions", &wish(20)).await.with(201);
}

/// A token for some providers forwards these alone, and neither sees nor changes what forwards others'.
#[tokio::test]
async fn a_limited_token_forwards_its_own_providers() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let token = limited_token(&server, |rights| {
        rights.providers = Allowed::Only(BTreeSet::from(["linear".to_owned()]));
    })
    .await;
    let limited = server.anonymous().bearer(token.token.expose()).with("x-tenant-id", &tenant.to_string());
    let all = json!({ "url": "https://hooks.example.com/all" });
    let theirs = server.operator(tenant).put_json("/subscriptions", &all).await.with(201);
    let ours = limited.put_json("/subscriptions", &json!({ "url": "https://hooks.example.com/ours" })).await.with(201);
    assert_eq!(ours["providers"], json!(["linear"]));
    for wish in [all, json!({ "url": "https://hooks.example.com/x", "providers": ["linear", "github"] })] {
        let answer = limited.put_json("/subscriptions", &wish).await;
        assert_eq!(answer.problem(), (403, "FORBIDDEN".to_owned()), "{wish}");
    }
    let listed = limited.get("/subscriptions").await.with(200);
    assert_eq!(listed["subscriptions"].as_array().unwrap().len(), 1);
    let path = format!("/subscriptions/{}", theirs["id"].as_str().unwrap());
    for answer in [
        limited.get(&path).await,
        limited.delete(&path).await,
        limited.post_nothing(&format!("{path}/secret")).await,
        limited.post_nothing(&format!("{path}/replay")).await,
    ] {
        assert_eq!(answer.problem(), (404, "SUBSCRIPTION_NOT_FOUND".to_owned()));
    }
    server.settled().await;
}
