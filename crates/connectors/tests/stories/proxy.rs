//! Calls through a connection over a token's life, a vendor's bad days, and answers that are long.

use crate::support::{Logs, Server, Wire, problem_of};
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use uuid::Uuid;

fn at(connection: &Value, path: &str) -> String {
    format!("/proxy/{}/{path}", connection["id"].as_str().unwrap())
}

fn said(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

/// Waits until one of the sandbox's counters is as it should be.
async fn until(server: &Server, name: &str, reached: impl Fn(u64) -> bool) {
    let seen = tokio::time::timeout(testkit::PATIENCE, async {
        while !reached(server.sandbox.count("github", name).await) {
            tokio::task::yield_now().await;
        }
    });
    seen.await.unwrap_or_else(|_| panic!("{name} stays as it is"));
}

async fn status(server: &Server, tenant: Uuid, connection: &Value) -> Value {
    server.connection(tenant, &connection["id"]).await["health"].clone()
}

/// Sixteen calls at two processes after the token's end: one refresh, and sixteen answers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_token_is_refreshed_once_for_all_calls() {
    let server = Server::start().await;
    let (_second, other) = server.second().await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "github", "ann").await;
    // First by both clocks; then by the vendor's alone, which only its 401 tells.
    for (round, ours) in [(1, true), (2, false)] {
        if ours {
            server.advance(TimeDelta::hours(25)).await;
        } else {
            server.sandbox.control("clock", json!({"advance_seconds": 90_000})).await;
        }
        let mut calls = JoinSet::new();
        for n in 0..16 {
            let caller = server.operator(tenant);
            let caller = if n % 2 == 0 { caller } else { caller.at(&other) };
            let path = at(&connection, "user");
            calls.spawn(async move { caller.get(&path).await.with(200)["login"].clone() });
        }
        assert_eq!(calls.join_all().await, vec![json!("ann"); 16]);
        assert_eq!(server.sandbox.count("github", "refreshes").await, round);
    }
    assert_eq!(status(&server, tenant, &connection).await["status"], "active");
}

/// A body that has gone by is not sent twice: the vendor's 401 is the answer, and the next call has the new token.
#[tokio::test]
async fn a_body_that_has_gone_by_is_not_sent_twice() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "linear", "ann").await;
    let caller = server.operator(tenant).with("content-type", "application/json");
    let query = |length| json!({"query": "query { viewer { id } }", "padding": "x".repeat(length)}).to_string();
    server.sandbox.control("clock", json!({"advance_seconds": 90_000})).await;
    let refused = caller.send(Method::POST, &at(&connection, "graphql"), query(100_000)).await;
    assert_eq!(refused.with(401)["errors"][0]["extensions"]["code"], "AUTHENTICATION_ERROR");
    assert_eq!(server.sandbox.count("linear", "refreshes").await, 1);
    caller.send(Method::POST, &at(&connection, "graphql"), query(100_000)).await.with(200);
    server.sandbox.control("clock", json!({"advance_seconds": 90_000})).await;
    caller.send(Method::POST, &at(&connection, "graphql"), query(10)).await.with(200);
    assert_eq!(server.sandbox.count("linear", "refreshes").await, 2);
}

/// A path that wants other credentials answers 401 and ends nothing: the token is asked about before it is replaced.
#[tokio::test]
async fn a_401_of_one_path_does_not_touch_the_grant() {
    let server = Server::with_app().await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "github", "ann").await;
    let refused = server.operator(tenant).get(&at(&connection, "app")).await;
    assert_eq!((refused.status.as_u16(), refused.header("www-authenticate")), (401, None));
    assert_eq!(server.sandbox.count("github", "refreshes").await, 0);
    assert_eq!(status(&server, tenant, &connection).await["status"], "active");
}

/// The person removed the app: the call finds out, says what to do, and asks nobody the next time.
#[tokio::test]
async fn a_dead_grant_needs_a_new_connect() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    for (provider, path) in [("github", "user"), ("linear", "graphql")] {
        for length in [10, 100_000] {
            let connection = server.connected(tenant, provider, "ann").await;
            server.sandbox.control(&format!("{provider}/revoke"), json!({"account": "ann"})).await;
            let body = json!({"query": "query { viewer { id } }", "padding": "x".repeat(length)});
            let method = if provider == "github" { Method::GET } else { Method::POST };
            let caller = server.operator(tenant).with("content-type", "application/json");
            let refused = caller.send(method.clone(), &at(&connection, path), body.to_string()).await;
            assert_eq!(refused.problem(), said(409, "RECONNECT_REQUIRED"), "{provider}");
            assert_eq!(status(&server, tenant, &connection).await["reason"], "revoked");
            let calls = server.sandbox.count(provider, "api_calls").await;
            let again = caller.send(method, &at(&connection, path), body.to_string()).await;
            assert_eq!(again.problem(), said(409, "RECONNECT_REQUIRED"), "{provider}");
            assert_eq!(server.sandbox.count(provider, "api_calls").await, calls);
        }
    }
}

/// The vendor asks for a pause in its own way: its answer is passed on, and until the pause is over no process calls.
#[tokio::test]
async fn a_vendors_pause_is_kept_by_every_process() {
    let server = Server::start().await;
    let (_second, other) = server.second().await;
    let tenant = server.tenant().await;
    let query = json!({"query": "query { viewer { id } }"});
    for (provider, path) in [("github", "user"), ("linear", "graphql")] {
        let connection = server.connected(tenant, provider, "ann").await;
        let neighbour = server.connected(tenant, provider, "bob").await;
        let call = async |base: &str, connection: &Value| {
            let (caller, path) = (server.operator(tenant).at(base), at(connection, path));
            if provider == "github" { caller.get(&path).await } else { caller.post(&path, &query).await }
        };
        for (kind, seconds) in [("status_429", Some(30)), ("rate_limited", Some(30)), ("rate_limited", None)] {
            let fault = json!({"on": "api", "kind": kind, "retry_after_seconds": seconds});
            server.sandbox.control(&format!("{provider}/faults"), fault).await;
            let limited = call(&server.url, &connection).await;
            let expected = match (kind, provider) {
                ("status_429", _) => 429,
                (_, "github") => 403,
                _ => 400,
            };
            let wait = seconds.unwrap_or(60);
            assert_eq!(limited.status.as_u16(), expected, "{provider} {kind}: {}", limited.text);
            assert_eq!(limited.header("retry-after"), Some(wait.to_string().as_str()), "{provider} {kind}");
            assert!(limited.json().get("code").is_none(), "the vendor's own words");
            let calls = server.sandbox.count(provider, "api_calls").await;
            for base in [&server.url, &other] {
                let paused = call(base, &connection).await;
                assert_eq!(paused.problem(), said(429, "PROVIDER_RATE_LIMITED"), "{provider} {kind}");
                let told: i64 = paused.header("retry-after").unwrap().parse().unwrap();
                assert!((wait - 5..=wait).contains(&told), "{told}");
            }
            assert_eq!(server.sandbox.count(provider, "api_calls").await, calls);
            call(&other, &neighbour).await.with(200);
            server.advance(TimeDelta::seconds(wait + 1)).await;
            call(&other, &connection).await.with(200);
        }
    }
}

/// On a vendor's bad day its answers are passed on as they are, and no answer is a problem that says when to come back.
#[tokio::test]
async fn a_vendors_bad_day_is_told_as_it_is() {
    let server = Server::with(&[("PROXY_PATIENCE_SECONDS", "1")]).await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "github", "ann").await;
    let operator = server.operator(tenant);
    let call = async || operator.get(&at(&connection, "user")).await;
    for (kind, status, length) in [
        ("status_500", 500, 29),
        ("status_502_html", 502, 84),
        ("html_200", 200, 84),
        ("truncated_json", 200, 22),
        ("empty", 200, 0),
        ("huge_body", 200, 10 * 1024 * 1024),
    ] {
        server.sandbox.fault("github", "api", kind, 1).await;
        let answer = call().await;
        assert_eq!((answer.status.as_u16(), answer.text.len()), (status, length), "{kind}");
        assert_eq!(answer.header("content-security-policy"), Some("sandbox; default-src 'none'"), "{kind}");
    }
    for kind in ["close", "hang"] {
        server.sandbox.fault("github", "api", kind, 1).await;
        let answer = call().await;
        assert_eq!(answer.problem(), said(502, "PROVIDER_UNAVAILABLE"), "{kind}");
        assert_eq!(answer.header("retry-after"), Some("10"), "{kind}");
    }
    let coded = operator.get(&at(&connection, "_mirror/coded")).await;
    assert_eq!(coded.problem(), said(502, "PROVIDER_UNAVAILABLE"));
    // Over the bound: refused where it is announced, broken off where it is not. Silence and a cut break off too.
    let (bound, mega) = (50 * 1024 * 1024, 1024 * 1024);
    let announced = format!("_mirror/bytes?count={}&then=end&announced=true", bound + 1);
    assert_eq!(operator.get(&at(&connection, &announced)).await.problem(), said(502, "PROVIDER_UNAVAILABLE"));
    for (query, least) in [
        (format!("count={}&then=end", bound + 1), bound - mega),
        (format!("count={mega}&then=stall&announced=true"), mega),
        (format!("count={mega}&then=cut&announced=true"), 0),
    ] {
        let target = at(&connection, &format!("_mirror/bytes?{query}"));
        let answered = operator.attempt(Method::GET, &target, "").await;
        assert!(answered.is_err_and(|error| error.is_body() || error.is_decode()), "{query}");
        let mut wire = Wire::open(&server, tenant, "GET", &target, "").await;
        assert!(wire.head().await.starts_with("HTTP/1.1 200 "));
        assert!(wire.count().await >= least, "{query}");
    }
    until(&server, "open_streams", |open| open == 0).await;
    call().await.with(200);
}

/// A long answer flows no faster than it is taken, and all of it arrives; whoever hangs up ends the vendor's work.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_answer_flows_as_it_is_taken() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "github", "ann").await;
    let long = 48 * 1024 * 1024;
    let target = at(&connection, &format!("_mirror/bytes?count={long}&then=end&announced=true"));
    let mut wire = Wire::open(&server, tenant, "GET", &target, "").await;
    let head = wire.head().await;
    assert!(head.starts_with("HTTP/1.1 200 ") && head.contains(&format!("content-length: {long}")), "{head}");
    // Nobody reads: what is on its way fills the sockets between the three, and then the vendor waits.
    let (mut sent, mut quiet) = (0, 0);
    while quiet < 50 {
        let now = server.sandbox.count("github", "streamed_bytes").await;
        quiet = if now == sent { quiet + 1 } else { 0 };
        sent = now;
    }
    assert!((1..long as u64 / 2).contains(&sent), "{sent} of {long} bytes wait for a reader");
    assert_eq!(wire.count().await, long);
    until(&server, "open_streams", |open| open == 0).await;

    let wire = Wire::open(&server, tenant, "GET", &target, "").await;
    until(&server, "open_streams", |open| open == 1).await;
    drop(wire);
    until(&server, "open_streams", |open| open == 0).await;
    assert!(server.sandbox.count("github", "streamed_bytes").await < 2 * long as u64, "the second was not taken whole");
}

/// A caller who stops in the middle of their body has called nobody to the end, and is told nothing of another's.
#[tokio::test]
async fn a_body_that_breaks_off_is_broken_off_at_the_vendor() {
    let server = Server::with(&[("PROXY_PATIENCE_SECONDS", "1")]).await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "github", "ann").await;
    let target = at(&connection, "_mirror/echo");
    let headers = "content-length: 1000000\r\n";
    let mut wire = Wire::open(&server, tenant, "POST", &target, headers).await;
    assert!(wire.write(&[b'x'; 1000]).await);
    assert_eq!(problem_of(&wire.whole().await), said(502, "PROVIDER_UNAVAILABLE"));
    server.operator(tenant).get(&at(&connection, "user")).await.with(200);
}

/// The whole of it down to TRACE: no line holds a token, and no row a call leaves behind.
#[tokio::test]
async fn a_call_leaves_no_token_behind() {
    let logs = Logs::capture();
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let operator = server.operator(tenant);
    let mut tokens = Vec::new();
    for provider in ["github", "linear"] {
        let connection = server.connected(tenant, provider, "ann").await;
        for path in ["_mirror/tattle?piece=5", "_mirror/echo", "nothing", "../x", "_mirror/bytes?count=9&then=cut"] {
            tokens.push(server.vend(tenant, &connection).await["access_token"].as_str().unwrap().to_owned());
            let _ = operator.attempt(Method::GET, &at(&connection, path), "").await;
        }
        for kind in ["close", "status_502_html", "rate_limited"] {
            server.sandbox.fault(provider, "api", kind, 1).await;
            operator.get(&at(&connection, "_mirror/echo")).await;
        }
        server.sandbox.control("clock", json!({"advance_seconds": 90_000})).await;
        server.advance(TimeDelta::seconds(61)).await;
        operator.get(&at(&connection, "user")).await;
        tokens.push(server.vend(tenant, &connection).await["access_token"].as_str().unwrap().to_owned());
        server.sandbox.control(&format!("{provider}/revoke"), json!({"account": "ann"})).await;
        operator.get(&at(&connection, "user")).await;
    }
    let (logged, rows) = (logs.text(), server.everything().await.into_values().collect::<String>());
    assert!(logged.contains("a vendor was called") && logged.len() > 10_000);
    for token in &tokens {
        let line = logged.lines().find(|line| line.contains(token.as_str()));
        assert!(line.is_none(), "{line:?}");
        assert!(!rows.contains(token.as_str()) && !rows.contains(&hex::encode(token)));
    }
}
