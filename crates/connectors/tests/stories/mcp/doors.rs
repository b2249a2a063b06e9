//! Who is let in at `/mcp`, and that what they show goes no further.

use super::{Person, call, client_of, names, plain, post};
use crate::support::{OPERATOR, Server};
use identity::{AccessClaims, Audience};
use kernel::UserId;
use serde_json::{Value, json};

/// A token of a client that acts for this person, at a resource, with a scope.
fn access_token(server: &Server, user: UserId, resource: &str, scope: &str) -> String {
    let mut claims = server.people.claims(user);
    claims.aud = Audience::One(resource.to_owned());
    let (client_id, jti) = ("c_of_the_tests".to_owned(), "jti-1".to_owned());
    server.people.signer.sign_access_token(&AccessClaims { claims, client_id, scope: scope.to_owned(), jti }).unwrap()
}

fn hello() -> Value {
    json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}}})
}

/// Without a token every method is a challenge that leads to one, and the documents behind it are there.
#[tokio::test]
async fn a_client_without_a_token_is_led_to_one() {
    let server = Server::start().await;
    let challenge = format!(
        "Bearer resource_metadata=\"{}/.well-known/oauth-protected-resource/mcp\", scope=\"mcp:tools\"",
        server.url
    );
    for method in [reqwest::Method::POST, reqwest::Method::GET, reqwest::Method::DELETE] {
        let answer = plain(&server).send(method, "/mcp", hello().to_string()).await;
        assert_eq!(answer.header("www-authenticate"), Some(challenge.as_str()));
        assert_eq!(answer.problem(), (401, "UNAUTHORIZED".to_owned()));
    }
    for path in ["/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-protected-resource"] {
        let browser = server.anonymous().with("origin", "https://anywhere.example");
        let answer = browser.get(path).await;
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        let document = answer.with(200);
        assert_eq!(document["resource"], format!("{}/mcp", server.url));
        assert_eq!(document["authorization_servers"], json!([crate::support::ISSUER]));
        assert_eq!(document["scopes_supported"], json!(["mcp:tools"]));
    }
}

/// A token for another resource, one that has ended, one without the scope, an operator's, and none at all of ours: each is refused in
/// the words that clients understand. Both kinds that are right are let in.
#[tokio::test]
async fn only_tokens_for_this_resource_are_taken() {
    let server = Server::start().await;
    let ann = Person::with(&server, "linear", "ann").await;
    ann.allow_of_connection(&["list_teams"]).await;
    let here = format!("{}/mcp", server.url);
    let of = |resource: &str, scope: &str| access_token(&server, ann.user, resource, scope);
    for (token, status, error) in [
        (of("https://elsewhere.example/mcp", "mcp:tools"), 401, "invalid_token"),
        (of(&server.url, "mcp:tools"), 401, "invalid_token"),
        (of(&here, "mcp:tool offline_access"), 403, "insufficient_scope"),
        (OPERATOR.to_owned(), 401, "invalid_token"),
        ("nonsense".to_owned(), 401, "invalid_token"),
    ] {
        let answer = post(&plain(&server).bearer(&token), &hello()).await;
        assert_eq!(answer.status.as_u16(), status, "{error}");
        let challenge = answer.header("www-authenticate").unwrap();
        assert!(
            challenge.contains(&format!("error=\"{error}\"")) && challenge.contains("resource_metadata"),
            "{challenge}"
        );
    }
    let access = plain(&server).bearer(&of(&here, "offline_access mcp:tools"));
    assert_eq!(names(&access).await, ["linear__list_teams"]);
    assert_eq!(names(&client_of(&server, ann.user)).await, ["linear__list_teams"]);
    // It is for this and nothing else.
    let elsewhere = access.get("/connections").await;
    assert_eq!(elsewhere.problem(), (401, "UNAUTHORIZED".to_owned()));
    server.clock.advance(chrono::TimeDelta::minutes(20));
    let ended = post(&access, &hello()).await;
    assert_eq!(ended.status, 401);
}

/// The vendor gets the connection's own token, of the person of the verified token, and never the client's.
#[tokio::test]
async fn the_clients_token_is_never_passed_on() {
    let server = Server::start().await;
    let (ann, ben) = (Person::with(&server, "linear", "ann").await, Person::with(&server, "linear", "ben").await);
    for person in [&ann, &ben] {
        person.allow_of_connection(&["list_teams"]).await;
    }
    call(&client_of(&server, ann.user), "linear__list_teams", json!({})).await;
    call(&client_of(&server, ben.user), "linear__list_teams", json!({"account": "ann"})).await;
    let requests = server.sandbox.look("linear/mcp/requests").await["requests"].as_array().unwrap().clone();
    assert!(requests.iter().all(|it| it["credential"]["right"] == true), "a token that is not Linear's: {requests:?}");
    let called: Vec<&Value> = requests
        .iter()
        .filter(|it| it["body"]["method"] == "tools/call")
        .map(|it| &it["credential"]["account"])
        .collect();
    assert_eq!(called.first(), Some(&&json!("ann")));
    assert!(called.iter().skip(1).all(|account| **account == json!("ben")), "{called:?}");
}

/// Pages of unknown origins are refused, even with a token; so are foreign names for this host.
#[tokio::test]
async fn foreign_origins_and_hosts_are_refused() {
    let server = Server::start().await;
    let ann = client_of(&server, UserId::generate());
    for origin in ["https://evil.example", "https://app.test.evil.example", "https://app.test:444", "null"] {
        assert_eq!(post(&ann.with("origin", origin), &hello()).await.status, 403, "{origin}");
    }
    let answer = post(&ann.with("origin", "https://app.test"), &hello()).await;
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://app.test"));
    answer.with(200);
    assert_eq!(post(&ann.with("host", "evil.example"), &hello()).await.status, 403);
}

/// Calls are counted like all others of this person.
#[tokio::test]
async fn calls_are_counted() {
    let server = Server::with(&[("RATE_LIMIT_PER_MINUTE", "2")]).await;
    let ann = client_of(&server, UserId::generate());
    for _ in 0..2 {
        assert!(post(&ann, &hello()).await.header("ratelimit").is_some());
    }
    let refused = post(&ann, &hello()).await;
    assert!(refused.header("retry-after").is_some());
    assert_eq!(refused.problem(), (429, "RATE_LIMITED".to_owned()));
}
