use crate::support::{Client, Server, Wire, problem_of};
use kernel::UserId;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

fn at(connection: &Value, path: &str) -> String {
    format!("/proxy/{}/{path}", connection["id"].as_str().unwrap())
}

fn said(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

/// Every method arrives with its path, query and body as they were sent, at the API and under no other credential.
#[tokio::test]
async fn a_call_arrives_as_it_was_sent() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "github", "ann").await;
    let operator = server.operator(tenant).with("content-type", "application/json");
    let path = at(&connection, "_mirror/echo/a%2Fb/?q=%2e%2e&next=https://x.test//y");
    for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
        let body = if method == Method::GET { "" } else { r#"{"a": 1}"# };
        let told = operator.send(method.clone(), &path, body).await.with(200);
        let expected = json!({
            "method": method.as_str(), "path": "/github/api/v3/_mirror/echo/a%2Fb/",
            "query": "q=%2e%2e&next=https://x.test//y", "credentials": true, "body": body, "body_bytes": body.len(),
        });
        let mut told = told;
        told.as_object_mut().unwrap().remove("headers");
        assert_eq!(told, expected);
    }
    let head = operator.send(Method::HEAD, &at(&connection, "user"), "").await;
    assert_eq!((head.status.as_u16(), head.text.as_str()), (200, ""));
    let user = operator.get(&at(&connection, "user")).await.with(200);
    assert_eq!(user["login"], "ann");
    // A TRACE would come back with what it was sent with, the credential first of all.
    let trace = operator.send(Method::TRACE, &at(&connection, "user"), "").await;
    assert_eq!(trace.problem(), said(405, "METHOD_NOT_ALLOWED"));
    let linear = server.connected(tenant, "linear", "ann").await;
    let query = json!({"query": "query { viewer { id displayName } }"});
    let viewer = operator.post(&at(&linear, "graphql"), &query).await.with(200);
    assert_eq!(viewer["data"]["viewer"]["displayName"], "ann");
    // The vendor's own refusals are the vendor's answers.
    let missing = operator.get(&at(&connection, "nothing/here")).await;
    assert!(missing.status == 404 && missing.header("content-type") != Some("application/problem+json"));
}

/// What could lead elsewhere is refused before anybody is called, as it stands on the wire.
#[tokio::test]
async fn a_path_that_leads_elsewhere_is_refused() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "github", "ann").await;
    let calls = server.sandbox.count("github", "api_calls").await;
    for path in [
        "../../login/oauth/access_token",
        "..",
        "user/../../../_control/state",
        "%2e%2e/%2e%2e/_control/state",
        "%2E%2e/x",
        ".%2E/x",
        "%252e%252e/x",
        "a%2f..%2f..%2fb",
        "..;/x",
        "%c0%ae%c0%ae/x",
        "/evil.test/x",
        "//evil.test",
        "%2f%2fevil.test",
        "a//b",
        "%5c%5cevil.test",
        "a\\..\\b",
        "a%0d%0ahost:%20evil.test",
        "a%00",
        "%zz",
    ] {
        let answer = Wire::open(&server, tenant, "GET", &at(&connection, path), "").await.whole().await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{path}: {answer}");
        // What is no HTTP at all is refused before there is anybody to write a problem.
        if !path.contains('\\') {
            assert_eq!(problem_of(&answer), said(400, "VALIDATION_FAILED"), "{path}");
        }
    }
    // An absolute target, another Host, a user, a fragment: none of them chooses who is called.
    for (target, headers) in [
        (format!("http://evil.test{}", at(&connection, "_mirror/echo")), ""),
        (at(&connection, "_mirror/echo"), "x-forwarded-host: evil.test\r\nforwarded: host=evil.test\r\n"),
        (at(&connection, "_mirror/echo/x@evil.test:8443"), "x-original-url: /x\r\nx-http-method-override: DELETE\r\n"),
        (at(&connection, "_mirror/echo#x@evil.test"), ""),
    ] {
        let answer = Wire::open(&server, tenant, "GET", &target, headers).await.whole().await;
        let arrived = answer.starts_with("HTTP/1.1 200 ") && answer.contains(r#""method":"GET""#);
        assert!(arrived && !answer.contains("=evil.test"), "{target}: {answer}");
    }
    assert_eq!(server.sandbox.count("github", "api_calls").await, calls + 4);
}

/// Hop-by-hop headers, credentials, cookies, addresses and our own headers stay here; the vendor's headers go through.
#[tokio::test]
async fn headers_pass_by_the_rules() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "github", "ann").await;
    let sent = [
        ("cookie", "a=b"),
        ("connection", "x-named"),
        ("x-named", "1"),
        ("te", "trailers"),
        ("keep-alive", "timeout=5"),
        ("proxy-authorization", "Basic eDp5"),
        ("x-forwarded-for", "192.0.2.1"),
        ("x-forwarded-host", "evil.test"),
        ("forwarded", "for=192.0.2.1"),
        ("origin", "https://app.test"),
        ("referer", "https://app.test/secret"),
        ("accept-encoding", "br"),
        ("range", "bytes=0-3"),
        ("user-agent", "somebody"),
        ("ratelimit", "x"),
        ("accept", "application/vnd.github.raw+json"),
        ("accept-language", "de"),
        ("content-type", "application/x-anything"),
        ("if-none-match", "\"v1\""),
        ("x-github-api-version", "2022-11-28"),
    ];
    let caller = sent.iter().fold(server.operator(tenant), |caller, (name, value)| caller.with(name, value));
    let told = caller.send(Method::POST, &at(&connection, "_mirror/echo"), "x").await.with(200);
    let host = server.sandbox.url().strip_prefix("http://").unwrap().to_owned();
    let expected = json!({
        "accept": ["application/vnd.github.raw+json"], "accept-encoding": ["gzip"], "accept-language": ["de"],
        "content-length": ["1"], "content-type": ["application/x-anything"], "host": [host],
        "if-none-match": ["\"v1\""], "user-agent": [concat!("connectors/", env!("CARGO_PKG_VERSION"))],
        "x-github-api-version": ["2022-11-28"],
    });
    assert_eq!(told["headers"], expected);

    let answer = server.operator(tenant).get(&at(&connection, "_mirror/tattle?piece=7")).await;
    let mut names: Vec<&str> = answer.headers.keys().map(reqwest::header::HeaderName::as_str).collect();
    names.sort_unstable();
    let expected = [
        "access-control-allow-credentials",
        "access-control-expose-headers",
        "cache-control",
        "content-security-policy",
        "content-type",
        "date",
        "etag",
        "link",
        "ratelimit",
        "ratelimit-policy",
        "transfer-encoding",
        "vary",
        "x-content-type-options",
        "x-github-media-type",
        "x-ratelimit-limit",
        "x-ratelimit-remaining",
        "x-ratelimit-reset",
        "x-ratelimit-resource",
        "x-ratelimit-used",
        "x-request-id",
    ];
    assert_eq!(names, expected);
    assert_eq!(answer.header("content-security-policy"), Some("sandbox; default-src 'none'"));
    assert!(!answer.header("access-control-expose-headers").unwrap().contains('*'));
    assert_eq!(answer.header("cache-control"), Some("private, no-cache"));
    assert!(answer.header("ratelimit").unwrap().starts_with("\"api\""));
    assert_ne!(answer.header("x-request-id"), Some("vendor"));
}

/// A vendor that repeats the credential repeats it to us alone, whatever the pieces it comes in.
#[tokio::test]
async fn the_token_is_covered_in_what_the_vendor_repeats() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    for provider in ["github", "linear"] {
        let connection = server.connected(tenant, provider, "ann").await;
        let token = server.vend(tenant, &connection).await["access_token"].as_str().unwrap().to_owned();
        let expected = format!("you sent: Bearer {}\n", "*".repeat(token.len())).repeat(50);
        for piece in [1, 2, 3, 7, 20, token.len() + 1, 64, 100_000] {
            let answer = server.operator(tenant).get(&at(&connection, &format!("_mirror/tattle?piece={piece}"))).await;
            assert_eq!((answer.status.as_u16(), answer.text.as_str()), (200, expected.as_str()), "{piece}");
            assert!(!format!("{:?}", answer.headers).contains(&token));
        }
    }
}

/// A redirect is passed on when it stays in the API, as a way through here; any other loses where it leads.
#[tokio::test]
async fn a_redirect_leads_through_here_or_nowhere() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "github", "ann").await;
    let sandbox = server.sandbox.url();
    let inside = format!("{}{}", server.url, at(&connection, "user?a=b"));
    for (to, expected) in [
        (format!("{sandbox}/github/api/v3/user?a=b"), Some(inside.as_str())),
        ("/github/api/v3/user?a=b".to_owned(), Some(inside.as_str())),
        (format!("{sandbox}/_control/state"), None),
        ("https://evil.test/?token=x".to_owned(), None),
        ("//evil.test/github/api/v3/user".to_owned(), None),
    ] {
        let query: String = url_encoded(&to);
        let answer = server.operator(tenant).get(&at(&connection, &format!("_mirror/redirect?to={query}"))).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (307, expected), "{to}");
    }
    assert_eq!(server.sandbox.count("github", "api_calls").await, 6, "who, and five that were not followed");
}

fn url_encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Ten mebibytes pass, announced or not; one byte more does not, and an announced one calls nobody.
#[tokio::test]
async fn a_body_is_bounded() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "github", "ann").await;
    let (operator, path, full) = (server.operator(tenant), at(&connection, "_mirror/echo"), 10 * 1024 * 1024);
    let told = operator.send(Method::POST, &path, vec![b'x'; full]).await.with(200);
    assert_eq!((&told["body_bytes"], &told["headers"]["content-length"]), (&json!(full), &json!([full.to_string()])));
    let calls = server.sandbox.count("github", "api_calls").await;
    let headers = format!("content-length: {}\r\n", full + 1);
    let answer = Wire::open(&server, tenant, "POST", &path, &headers).await.whole().await;
    assert_eq!(problem_of(&answer), said(413, "PAYLOAD_TOO_LARGE"));
    assert_eq!(server.sandbox.count("github", "api_calls").await, calls);

    for (bytes, expected) in [(full, said(200, "")), (full + 1, said(413, "PAYLOAD_TOO_LARGE"))] {
        let mut wire = Wire::open(&server, tenant, "POST", &path, "transfer-encoding: chunked\r\n").await;
        for piece in vec![b'x'; bytes].chunks(1024 * 1024) {
            wire.write(format!("{:x}\r\n", piece.len()).as_bytes()).await;
            wire.write(piece).await;
            wire.write(b"\r\n").await;
        }
        wire.write(b"0\r\n\r\n").await;
        let answer = wire.whole().await;
        if expected.0 == 200 {
            assert!(answer.contains(&format!("\"body_bytes\":{full}")), "{answer}");
        } else {
            assert_eq!(problem_of(&answer), expected);
        }
    }
}

/// Whose connection it is not, they do not find; what names none says so.
#[tokio::test]
async fn only_who_may_see_a_connection_calls_through_it() {
    let server = Server::start().await;
    let (ours, theirs) = (server.tenant().await, server.tenant().await);
    let connection = server.connected(theirs, "linear", "ann").await;
    let member = server.member(UserId::generate());
    member.get("/connections").await.with(200);
    let call = async |caller: &Client, id: &str| caller.get(&format!("/proxy/{id}/graphql")).await;
    let calls = server.sandbox.count("linear", "api_calls").await;
    let (id, unknown) = (connection["id"].as_str().unwrap().to_owned(), Uuid::now_v7().to_string());
    for caller in [server.operator(ours), member] {
        let (foreign, none) = (call(&caller, &id).await, call(&caller, &unknown).await);
        assert_eq!(foreign.problem(), said(404, "CONNECTION_NOT_FOUND"));
        assert_eq!(foreign.anonymous_problem(), none.anonymous_problem());
        assert_eq!(call(&caller, "x").await.problem(), said(400, "VALIDATION_FAILED"));
    }
    // In one tenant: the owner's alone, or everybody's.
    let (owner, other) = (UserId::generate(), UserId::generate());
    let person = server.member(owner);
    assert_eq!(server.connect_as(&person, "linear", "bob").await.status, 200);
    let mine = person.get("/connections").await.with(200)["connections"][0].clone();
    let query = json!({"query": "query { viewer { id } }"});
    person.post(&at(&mine, "graphql"), &query).await.with(200);
    let operator = server.operator(owner.as_uuid());
    operator.post(&at(&mine, "graphql"), &query).await.with(200);
    sqlx::query("update connections set owner_id = $1")
        .bind(other.as_uuid())
        .execute(&server.database.pool)
        .await
        .unwrap();
    assert_eq!(person.post(&at(&mine, "graphql"), &query).await.problem(), said(404, "CONNECTION_NOT_FOUND"));
    assert_eq!(call(&server.anonymous(), &id).await.problem(), said(401, "UNAUTHORIZED"));
    assert_eq!(server.sandbox.count("linear", "api_calls").await, calls + 3, "who bob is, and two calls");
}
