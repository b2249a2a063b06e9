use crate::service::{Answer, Service};
use reqwest::Method;
use serde_json::json;

async fn sign_in(service: &Service, forwarded_for: &str) -> Answer {
    let headers = [("content-type", "application/json"), ("x-forwarded-for", forwarded_for)];
    let body = json!({"email": "ada@example.com", "password": "wrong-password"}).to_string();
    service.send(Method::POST, "/api/auth/sign-in/email", &headers, body).await
}

fn refused(answer: &Answer) {
    assert_eq!(answer.whole(), (429, json!({"message": "Too many requests. Please try again later."})));
    let seconds: u64 = answer.header("x-retry-after").unwrap().parse().unwrap();
    assert!((1..=10).contains(&seconds), "{seconds}");
    assert_eq!(answer.header("retry-after"), answer.header("x-retry-after"));
}

/// The fourth sign-in within ten seconds is refused, whatever address the client makes up; other routes still answer.
#[tokio::test]
async fn a_fourth_sign_in_is_refused() {
    let service = Service::with(&[("AUTH_RATE_LIMIT", "on")]).await;
    for made_up in ["1.1.1.1", "2.2.2.2", "3.3.3.3"] {
        assert_eq!(sign_in(&service, made_up).await.status, 401);
    }
    refused(&sign_in(&service, "4.4.4.4").await);
    // Unknown paths below it count as well: they are counted before they are looked up.
    refused(&service.send(Method::POST, "/api/auth/sign-in/nope", &[], "").await);
    assert_eq!(service.session(&[]).await.status, 200);
    service.ada().await;
}

/// Behind a trusted proxy every client has a count of its own, shared by all replicas through Redis.
#[tokio::test]
async fn clients_are_counted_apart_and_replicas_together() {
    let redis = testkit::redis_url();
    let settings = [("AUTH_RATE_LIMIT", "on"), ("TRUSTED_PROXIES", "127.0.0.1"), ("REDIS_URL", redis.as_str())];
    let (one, two) = (Service::with(&settings).await, Service::with(&settings).await);
    // An address of this run's own: the Redis may be shared with other tests.
    let bytes = kernel::bytes::<3>();
    let client = format!("10.{}.{}.{}", bytes[0], bytes[1], bytes[2]);
    let other = format!("11.{}.{}.{}", bytes[0], bytes[1], bytes[2]);
    for service in [&one, &two, &one] {
        assert_eq!(sign_in(service, &client).await.status, 401);
    }
    refused(&sign_in(&two, &client).await);
    assert_eq!(sign_in(&two, &other).await.status, 401);
}

/// Without its Redis a replica counts for itself: the limit does not open.
#[tokio::test]
async fn without_redis_the_limit_holds() {
    let service = Service::with(&[("AUTH_RATE_LIMIT", "on"), ("REDIS_URL", "redis://127.0.0.1:1/")]).await;
    for _ in 0..3 {
        assert_eq!(sign_in(&service, "").await.status, 401);
    }
    refused(&sign_in(&service, "").await);
}

/// Load balancers are never turned away; everybody else after a hundred calls in ten seconds.
#[tokio::test]
async fn health_is_not_limited() {
    let service = Service::with(&[("AUTH_RATE_LIMIT", "on")]).await;
    let mut statuses = Vec::new();
    for _ in 0..101 {
        statuses.push(service.get("/api/auth/ok", &[]).await.status.as_u16());
    }
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 100);
    refused(&service.get("/api/auth/nope", &[]).await);
    assert_eq!(service.get("/health", &[]).await.status, 200);
}
