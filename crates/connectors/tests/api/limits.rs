//! How often a caller may come.

use crate::support::{Deliveries, Server};
use serde_json::json;
use tokio::task::JoinSet;

/// Of 110 requests at the same moment at two processes exactly 100 pass; the others are told when to come back. Another
/// tenant of the same operator has a limit of its own, and webhooks have none.
#[tokio::test]
async fn exactly_the_quota_passes_across_processes() {
    let redis = testkit::redis_url();
    let server = Server::with(&[("REDIS_URL", &redis), ("RATE_LIMIT_PER_MINUTE", "100")]).await;
    let (_second, other) = server.second().await;
    let caller = server.operator(server.tenant().await);
    let mut calls = JoinSet::new();
    for n in 0..110 {
        let caller = if n % 2 == 0 { caller.clone() } else { caller.at(&other) };
        calls.spawn(async move { caller.get("/connections").await });
    }
    let (passed, refused): (Vec<_>, Vec<_>) = calls.join_all().await.into_iter().partition(|one| one.status == 200);
    assert_eq!((passed.len(), refused.len()), (100, 10));
    for answer in &passed {
        assert_eq!(answer.header("ratelimit-policy"), Some(r#""api";q=100;w=60"#));
        assert!(answer.header("ratelimit").unwrap().starts_with(r#""api";r="#));
    }
    for answer in &refused {
        assert_eq!(answer.problem(), (429, "RATE_LIMITED".to_owned()));
        assert!(answer.header("ratelimit").unwrap().starts_with(r#""api";r=0;t="#));
        let seconds: u64 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=60).contains(&seconds), "{seconds}");
    }
    server.operator(server.tenant().await).get("/connections").await.with(200);
    let hook = Deliveries::to(&server, "/webhooks/github").send("ping", "1", &json!({"zen": "x"})).await;
    assert_eq!((hook.status.as_u16(), hook.header("ratelimit")), (200, None));
}

/// Public routes count by client address: 120 a minute.
#[tokio::test]
async fn public_routes_are_limited_by_address() {
    let server = Server::with(&[("TRUSTED_PROXIES", "127.0.0.1/32")]).await;
    let from = |address: &str| server.anonymous().with("x-forwarded-for", address);
    for _ in 0..120 {
        from("192.0.2.1").get("/providers").await.with(200);
    }
    assert_eq!(from("192.0.2.1").get("/providers").await.problem(), (429, "RATE_LIMITED".to_owned()));
    from("192.0.2.2").get("/providers").await.with(200);
}
