//! Bad days of the vendors' APIs, in words that carry nothing of their answers.

use crate::world::World;
use providers::sign_in::{ConfiguredSignIn, SignInCall, known};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
};
use url::Url;

const UNREADABLE: &str = "the vendor's answer cannot be read";
const UNAVAILABLE: &str = "the vendor cannot be reached or is failing";
const UNAUTHORIZED: &str = "the vendor does not accept the token";
const PAUSE: &str = "the vendor asks for a pause";

/// The vendors whose profile takes a call; the other's stands in the id token.
fn callers(world: &World) -> impl Iterator<Item = &ConfiguredSignIn> {
    world.vendors.iter().filter(|vendor| vendor.sign_in.id != "google")
}

/// HTML, nothing, half an object, 10 MiB, 5xx, 429 and a cut connection: an error of its kind each, and no profile.
#[tokio::test]
async fn an_odd_answer_is_no_profile() {
    let world = World::new().await;
    for vendor in callers(&world) {
        let id = vendor.sign_in.id;
        let who = world.sign_in(vendor).await;
        for (kind, expected) in [
            ("html_200", UNREADABLE),
            ("empty", UNREADABLE),
            ("truncated_json", UNREADABLE),
            ("huge_body", UNREADABLE),
            ("status_500", UNAVAILABLE),
            ("status_502_html", UNAVAILABLE),
            ("close", UNAVAILABLE),
            ("status_429", PAUSE),
            ("rate_limited", PAUSE),
        ] {
            world.fault(id, kind).await;
            let refused = world.profile(vendor, &who).await.unwrap_err();
            assert_eq!(refused.to_string(), expected, "{id} {kind}");
        }
        world.fault(id, "error_200").await;
        assert!(world.profile(vendor, &who).await.is_err(), "{id} error_200");
        assert!(world.profile(vendor, &who).await.is_ok(), "{id} does not recover");
    }
}

/// A token that the vendor does not know is refused as such.
#[tokio::test]
async fn an_unknown_token_is_unauthorized() {
    let world = World::new().await;
    for vendor in callers(&world) {
        let mut who = world.sign_in(vendor).await;
        who.access_token = "nobody's".into();
        let refused = world.profile(vendor, &who).await.unwrap_err();
        assert_eq!(refused.to_string(), UNAUTHORIZED, "{}", vendor.sign_in.id);
    }
}

/// An API that serves `/user` at its root, and answers this to every question about addresses. One connection a request.
async fn api_with_emails(status: &'static str, headers: &'static str, emails: &'static str) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let mut stream = BufReader::new(stream);
            let mut asked = String::new();
            stream.read_line(&mut asked).await.unwrap();
            let mut line = String::from("more");
            while !line.trim().is_empty() {
                line.clear();
                stream.read_line(&mut line).await.unwrap();
            }
            let user = r#"{"id": 1, "login": "octo", "email": "octo@example.com"}"#;
            let (status, headers, body) = match asked.split(' ').nth(1) {
                Some("/user") => ("200 OK", "", user),
                Some("/user/emails") => (status, headers, emails),
                _ => ("404 Not Found", "", ""),
            };
            let length = body.len();
            let answer =
                format!("HTTP/1.1 {status}\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n{body}");
            stream.get_mut().write_all(answer.as_bytes()).await.unwrap();
        }
    });
    url
}

/// At GitHub the second call matters as much: a list of addresses that fails is not one without the address. Only where
/// it was not granted there is what the profile says, unverified.
#[tokio::test]
async fn a_failing_list_of_addresses_fails_the_sign_in() {
    let listed = r#"[{"email": "octo@example.com", "primary": true, "verified": true}]"#;
    for (status, headers, emails, expected) in [
        ("200 OK", "", listed, Ok(true)),
        ("200 OK", "", "[]", Ok(false)),
        ("404 Not Found", "", "{}", Ok(false)),
        ("403 Forbidden", "", "{}", Ok(false)),
        ("403 Forbidden", "x-ratelimit-remaining: 0\r\n", "{}", Err(PAUSE)),
        ("429 Too Many Requests", "", "{}", Err(PAUSE)),
        ("503 Service Unavailable", "", "", Err(UNAVAILABLE)),
        ("200 OK", "", "<html>", Err(UNREADABLE)),
        ("401 Unauthorized", "", "{}", Err(UNAUTHORIZED)),
    ] {
        let api = api_with_emails(status, headers, emails).await;
        let record = known("github").unwrap();
        let endpoints = (record.endpoints)(None, Some(&api)).unwrap();
        let (client, access_token) = (outbound::Client::new("sign-in-tests").unwrap(), "token".into());
        let call = SignInCall { client: &client, endpoints: &endpoints, access_token: &access_token, id_claims: None };
        let seen = record.vendor.profile(call).await;
        let seen = seen.map(|profile| (profile.email, profile.email_verified)).map_err(|error| error.to_string());
        let expected = expected.map(|verified| (Some("octo@example.com".to_owned()), verified));
        assert_eq!(seen, expected.map_err(str::to_owned), "{status} {headers} {emails}");
    }
}
