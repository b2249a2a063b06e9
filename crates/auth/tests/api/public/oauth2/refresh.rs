use super::start;
use crate::{
    clients::{Client, REDIRECT, Server, refusal, refused, text},
    service::Service,
};
use chrono::TimeDelta;
use futures_util::future::join_all;
use serde_json::{Value, json};

/// Ada's client, with a first refresh token.
async fn begin(changes: &[(&str, &str)]) -> (Service, Server, Client, String) {
    let (service, server) = start().await;
    let (ada, client) = (service.ada().await.jar(), server.public(REDIRECT).await);
    let code = server.code(&ada, &client, changes).await;
    let tokens = server.redeem(&client, &code, &[]).await.json();
    let token = text(&tokens, "refresh_token").to_owned();
    (service, server, client, token)
}

async fn next(server: &Server, client: &Client, token: &str) -> String {
    let answer = server.refresh(client, token, &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    text(&answer.json(), "refresh_token").to_owned()
}

fn dead() -> (u16, String) {
    refused(400, "invalid_grant")
}

/// Each refresh brings a new pair, and the one before is dead once its time of grace is over.
#[tokio::test]
async fn each_refresh_brings_a_new_pair() {
    let (service, server, client, first) = begin(&[]).await;
    let answer = server.refresh(&client, &first, &[]).await;
    let pair = answer.json();
    let expected = json!({"access_token": pair["access_token"], "refresh_token": pair["refresh_token"],
        "token_type": "Bearer", "expires_in": 600, "scope": "mcp:tools"});
    assert_eq!((answer.whole(), answer.header("cache-control")), ((200, expected), Some("no-store")));
    let second = text(&pair, "refresh_token").to_owned();
    let third = next(&server, &client, &second).await;
    assert!(first != second && second != third && first != third);
    let rows = service.database.dump("oauth_refresh_families").await;
    assert!([&first, &second, &third].iter().all(|token| !rows.contains(token.as_str())));
    assert_eq!(service.count("oauth_refresh_families").await, 1);
}

/// A token that was used before ends the family, the newest token included, and that is written down.
#[tokio::test]
async fn a_reused_token_ends_the_family() {
    let (service, server, client, first) = begin(&[]).await;
    let second = next(&server, &client, &first).await;
    service.clock.advance(TimeDelta::seconds(31));
    assert_eq!(refusal(&server.refresh(&client, &first, &[]).await), dead());
    assert_eq!(refusal(&server.refresh(&client, &second, &[]).await), dead());
    assert_eq!(service.count("oauth_refresh_families").await, 0);
    let audit = service.database.dump("audit_log").await;
    assert!(audit.contains("client.reuse") && !audit.contains(&first), "{audit}");
}

/// Who lost the answer gets the same one again, for half a minute, as long as nobody has used it.
#[tokio::test]
async fn a_lost_answer_comes_again() {
    let (service, server, client, first) = begin(&[]).await;
    let second = next(&server, &client, &first).await;
    service.clock.advance(TimeDelta::seconds(29));
    assert_eq!(next(&server, &client, &first).await, second);
    let third = next(&server, &client, &second).await;
    // The successor has been used: whoever comes with the first token now did not merely lose an answer.
    assert_eq!(refusal(&server.refresh(&client, &first, &[]).await), dead());
    assert_eq!(refusal(&server.refresh(&client, &third, &[]).await), dead());
}

/// However many come at once with one token, they get one successor, and one line of descent goes on.
#[tokio::test]
async fn refreshes_at_once_get_one_pair() {
    let (service, server, client, first) = begin(&[]).await;
    let answers = join_all((0..6).map(|_| server.refresh(&client, &first, &[]))).await;
    let successors: Vec<Value> = answers.iter().map(|answer| answer.json()["refresh_token"].clone()).collect();
    assert!(successors[0].is_string() && successors.iter().all(|one| *one == successors[0]), "{successors:?}");
    assert_eq!(service.count("oauth_refresh_families").await, 1);
    next(&server, &client, successors[0].as_str().unwrap()).await;
}

/// Another client's token, a made-up one, and one of a family that has ended bring nothing, and cost the owner nothing.
#[tokio::test]
async fn only_its_client_refreshes() {
    let (_service, server, client, first) = begin(&[]).await;
    let thief = server.public(REDIRECT).await;
    let made_up = format!("rt_{}_{}", "0".repeat(32), "A".repeat(43));
    for (about, by, token) in [
        ("another client", &thief, first.as_str()),
        ("no family", &client, made_up.as_str()),
        ("no token", &client, "x"),
        ("a shorter token", &client, &first[..first.len() - 1]),
    ] {
        assert_eq!(refusal(&server.refresh(by, token, &[]).await), dead(), "{about}");
    }
    assert_eq!(refusal(&server.refresh(&client, "", &[]).await), refused(400, "invalid_request"));
    next(&server, &client, &first).await;
}

/// Less may be asked for, more may not; the next token can do what the first one could, and a refused request spends nothing.
#[tokio::test]
async fn a_scope_can_be_narrowed_and_comes_back() {
    let (_service, server, client, first) = begin(&[("scope", "mcp:tools offline_access")]).await;
    let narrow = server.refresh(&client, &first, &[("scope", "mcp:tools")]).await.json();
    assert_eq!(narrow["scope"], "mcp:tools");
    let token = text(&narrow, "refresh_token");
    for (scope, resource, code) in [
        ("mcp:tools admin", "", "invalid_scope"),
        ("", "https://other.example/", "invalid_target"),
        ("", "https://connectors.example/mcp/", "invalid_target"),
    ] {
        let changes = [("scope", scope), ("resource", resource)];
        let changes: Vec<_> = changes.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        assert_eq!(refusal(&server.refresh(&client, token, &changes).await), refused(400, code));
    }
    let whole = server.refresh(&client, token, &[("resource", "")]).await.json();
    assert_eq!(whole["scope"], "mcp:tools offline_access");
    let (_service, server, client, first) = begin(&[]).await;
    let wider = server.refresh(&client, &first, &[("scope", "mcp:tools offline_access")]).await;
    assert_eq!(refusal(&wider), refused(400, "invalid_scope"));
    next(&server, &client, &first).await;
}

/// A token that nobody uses dies after thirty days; one that is used lives for a year.
#[tokio::test]
async fn a_family_ends_by_itself() {
    let (service, server, client, mut token) = begin(&[]).await;
    for _ in 0..12 {
        service.clock.advance(TimeDelta::days(29));
        token = next(&server, &client, &token).await;
    }
    service.clock.advance(TimeDelta::days(18));
    assert_eq!(refusal(&server.refresh(&client, &token, &[]).await), dead(), "a year is over");
    let (service, server, client, token) = begin(&[]).await;
    service.clock.advance(TimeDelta::days(31));
    assert_eq!(refusal(&server.refresh(&client, &token, &[]).await), dead(), "idle");
}

/// A client that did not register for it gets no refresh token, and may not use one.
#[tokio::test]
async fn refreshing_has_to_be_registered() {
    let (service, server) = start().await;
    let ada = service.ada().await.jar();
    let metadata = json!({"redirect_uris": [REDIRECT], "token_endpoint_auth_method": "none"});
    let client = server.client(&metadata).await;
    let code = server.code(&ada, &client, &[("scope", "mcp:tools offline_access")]).await;
    let tokens = server.redeem(&client, &code, &[]).await.json();
    assert_eq!((&tokens["refresh_token"], service.count("oauth_refresh_families").await), (&Value::Null, 0));
    let (service, server, client, token) = begin(&[]).await;
    service.database.execute("update oauth_clients set refreshes = false").await;
    assert_eq!(refusal(&server.refresh(&client, &token, &[]).await), refused(400, "unauthorized_client"));
}
