//! What a running process says of itself: metrics, spans, the names of requests.

use crate::support::{Client, OwnFile, Process, Server};
use axum::{Router, body::Bytes, extract::State, http::HeaderMap, routing::post};
use kernel::meters;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

/// Everything that came to a collector.
type Taken = Arc<Mutex<Vec<(HeaderMap, Bytes)>>>;

/// A collector that takes what comes.
async fn collector() -> (String, Taken) {
    let taken = Taken::default();
    let take = async |State(taken): State<Taken>, headers: HeaderMap, body: Bytes| {
        taken.lock().unwrap().push((headers, body));
    };
    let router = Router::new().route("/otlp/v1/traces", post(take)).with_state(Arc::clone(&taken));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/otlp", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, taken)
}

fn holds(body: &[u8], text: &str) -> bool {
    body.windows(text.len()).any(|window| window == text.as_bytes())
}

/// Requests, vends, refreshes, calls to the vendor, queues and the pool stand under `/metrics` of a port of their own, all of them
/// under the names that the house knows, and none of it holds a secret. The service's own port has no such page.
#[tokio::test]
async fn metrics_stand_on_a_port_of_their_own() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "linear", "ada").await;
    let (metrics, log) = (format!("127.0.0.1:{}", testkit::free_port()), OwnFile::new(""));
    let process = Process::logging_with(&server, &[("METRICS_ADDR", &metrics)], &log).await;
    let operator = server.operator(tenant).at(&process.url);
    let id = connection["id"].as_str().unwrap();
    operator.post_nothing(&format!("/connections/{id}/refresh")).await.with(200);
    operator.get("/oauth/token/linear").await.with(200);
    operator.get("/no/such/route").await;
    operator.send("BREW".parse().unwrap(), "/providers", "").await;
    assert_eq!(operator.get("/metrics").await.status, 404);

    let page = Client::new(&format!("http://{metrics}"), false).watched().get("/metrics").await;
    assert_eq!(page.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    for line in [
        r#"http_requests_total{method="GET",route="/oauth/token/{provider}",status="200"} 1"#,
        r#"http_requests_total{method="GET",route="unmatched",status="404"} 2"#,
        r#"http_requests_total{method="other",route="/providers",status="405"} 1"#,
        r#"http_request_duration_seconds_count{method="POST",route="/connections/{id}/refresh"} 1"#,
        "http_requests_in_flight 0",
        r#"token_vends_total{provider="linear",outcome="vended"} 1"#,
        r#"token_refreshes_total{provider="linear",outcome="renewed"} 1"#,
        // How many depends on the workers, which have begun to look after the connection.
        r#"vendor_requests_total{provider="linear",outcome="2xx"}"#,
        "db_pool_limit 10",
        r#"rate_limit_decisions_total{limit="api",outcome="allowed"} 2"#,
    ] {
        let family = line.split(['{', ' ']).next().unwrap();
        let alike: Vec<&str> = page.text.lines().filter(|one| one.starts_with(family)).collect();
        assert!(alike.iter().any(|one| one.starts_with(line)), "{line} is not among {alike:#?}");
    }
    let named = |line: &str| line.strip_prefix("# TYPE ").and_then(|rest| rest.split(' ').next()).map(str::to_owned);
    let unknown: Vec<String> = page
        .text
        .lines()
        .filter_map(named)
        .filter(|name| !name.starts_with("process_") && !meters::ALL.iter().any(|meter| meter.name == name))
        .collect();
    assert_eq!(unknown, [""; 0]);
    assert!(page.text.contains("# TYPE process_resident_memory_bytes gauge"));
}

/// Spans leave for the collector, with its header, at the latest when the process ends: under the trace that the caller began,
/// and without what the request had in its query or its headers.
#[tokio::test]
async fn spans_go_to_a_collector() {
    let (url, taken) = collector().await;
    let (server, log) = (Server::start().await, OwnFile::new(""));
    let tenant = server.tenant().await;
    let settings = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()),
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer of-the-collector"),
    ];
    let process = Process::logging_with(&server, &settings, &log).await;
    let caller = server.operator(tenant).at(&process.url);
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let caller = caller.with("traceparent", &format!("00-{trace}-00f067aa0ba902b7-01"));
    caller.get("/connections?provider=linear").await.with(200);
    process.terminate();
    assert!(process.ended().await);

    let taken = taken.lock().unwrap();
    assert!(taken.iter().all(|(headers, _)| headers["authorization"] == "Bearer of-the-collector"));
    let all = taken.iter().flat_map(|(_, body)| body.to_vec()).collect::<Vec<u8>>();
    assert!(holds(&all, "connectors") && holds(&all, "/connections"));
    let id = hex::decode(trace).unwrap();
    assert!(all.windows(id.len()).any(|window| window == id), "the caller's trace goes on");
    assert!(!holds(&all, "provider=linear") && testkit::canary::found(&all).is_none());
}

/// A caller's own name for a request is in the answer, in a problem and in the log; what is no name is replaced.
#[tokio::test]
async fn a_request_is_found_by_its_name() {
    let (server, log) = (Server::start().await, OwnFile::new(""));
    let settings = [("LOG_FORMAT", "json"), ("RUST_LOG", "edge=debug")];
    let process = Process::logging_with(&server, &settings, &log).await;
    let caller = server.anonymous().at(&process.url);
    let named = caller.with("x-request-id", "order-4711.retry_2").get("/connections").await;
    assert_eq!(named.problem(), (401, "UNAUTHORIZED".to_owned()));
    assert_eq!(named.header("x-request-id"), Some("order-4711.retry_2"));
    let lines = log.read();
    let line = lines.lines().find(|line| line.contains("order-4711.retry_2")).expect("a line of the log");
    let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
    assert_eq!((&line["span"]["path"], &line["span"]["status"]), (&"/connections".into(), &401.into()));
    let other = caller.with("x-request-id", "a b").get("/connections").await;
    assert!(uuid::Uuid::parse_str(other.header("x-request-id").unwrap()).is_ok());
}
