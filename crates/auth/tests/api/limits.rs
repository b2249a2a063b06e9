use crate::service::{Answer, Service, problem};
use reqwest::Method;
use serde_json::json;

async fn sign_in(service: &Service, forwarded_for: &str) -> Answer {
    let headers = [("content-type", "application/json"), ("x-forwarded-for", forwarded_for)];
    let body = json!({"email": "ada@example.com", "password": "wrong-password"}).to_string();
    service.send(Method::POST, "/api/auth/sign-in/email", &headers, body).await
}

fn refused_within(answer: &Answer, seconds: u64) {
    assert_eq!(answer.whole(), (429, json!({"message": "Too many requests. Please try again later."})));
    let retry: u64 = answer.header("x-retry-after").unwrap().parse().unwrap();
    assert!((1..=seconds).contains(&retry), "{retry}");
    assert_eq!(answer.header("retry-after"), answer.header("x-retry-after"));
}

fn refused(answer: &Answer) {
    refused_within(answer, 10);
}

/// An address of this run's own: the Redis may be shared with other tests.
fn client(network: u8) -> String {
    let bytes = kernel::bytes::<3>();
    format!("{network}.{}.{}.{}", bytes[0], bytes[1], bytes[2])
}

/// The fourth sign-in within ten seconds is refused, whatever address the client makes up; other routes still answer.
#[tokio::test]
async fn a_fourth_sign_in_is_refused() {
    let service = Service::with(&[("AUTH_RATE_LIMIT", "on")]).await;
    for made_up in ["1.1.1.1", "2.2.2.2", "3.3.3.3"] {
        assert_eq!(sign_in(&service, made_up).await.status, 401);
    }
    refused(&sign_in(&service, "4.4.4.4").await);
    assert_eq!(service.session(&[]).await.status, 200);
    service.ada().await;
}

/// Unknown paths count as well, before they are looked up, and all that begin alike have one counter.
#[tokio::test]
async fn made_up_paths_share_a_counter() {
    let service = Service::with(&[("AUTH_RATE_LIMIT", "on")]).await;
    let mut statuses = Vec::new();
    for path in ["sign-in/a", "sign-in/b", "sign-in/c", "sign-in/d", "sign-up/a"] {
        statuses.push(service.send(Method::POST, &format!("/api/auth/{path}"), &[], "").await.status.as_u16());
    }
    assert_eq!(statuses, [404, 404, 404, 429, 404]);
    assert_eq!(sign_in(&service, "").await.status, 401);
}

/// Behind a trusted proxy every client has a count of its own, shared by all replicas through Redis.
#[tokio::test]
async fn clients_are_counted_apart_and_replicas_together() {
    let redis = testkit::redis_url();
    let settings = [("AUTH_RATE_LIMIT", "on"), ("TRUSTED_PROXIES", "127.0.0.1"), ("REDIS_URL", redis.as_str())];
    let (one, two) = (Service::with(&settings).await, Service::with(&settings).await);
    let (client, other) = (client(10), client(11));
    for service in [&one, &two, &one] {
        assert_eq!(sign_in(service, &client).await.status, 401);
    }
    refused(&sign_in(&two, &client).await);
    assert_eq!(sign_in(&two, &other).await.status, 401);
}

/// The twenty-first attempt at one account is refused for the rest of a quarter of an hour, from whatever address it comes
/// and whether the account exists or not; the right password is refused too, and clears the count when it comes in time.
#[tokio::test]
async fn an_account_is_guessed_at_twenty_times() {
    let redis = testkit::redis_url();
    let proxied = [("AUTH_RATE_LIMIT", "on"), ("TRUSTED_PROXIES", "127.0.0.1")];
    let shared = [proxied[0], proxied[1], ("REDIS_URL", redis.as_str())];
    for settings in [&proxied[..], &shared[..]] {
        let service = Service::with(settings).await;
        let known = format!("{}@example.com", kernel::alphanumeric(12).to_lowercase());
        let sign_up = json!({"name": "", "email": known, "password": "correct horse"});
        assert_eq!(service.post("/api/auth/sign-up/email", "", &sign_up).await.status, 200);
        let attempt = async |email: &str, password: &str| {
            let address = client(12);
            let headers = [("content-type", "application/json"), ("x-forwarded-for", address.as_str())];
            let body = json!({"email": email, "password": password}).to_string();
            service.send(Method::POST, "/api/auth/sign-in/email", &headers, body).await
        };
        for _ in 0..19 {
            assert_eq!(attempt(&known, "wrong").await.status, 401);
        }
        assert_eq!(attempt(&known, "correct horse").await.status, 200);
        for email in [known.clone(), format!("un{known}")] {
            for _ in 0..20 {
                assert_eq!(attempt(&email, "wrong").await.status, 401);
            }
            refused_within(&attempt(&email.to_uppercase(), "correct horse").await, 15 * 60);
        }
    }
}

/// Where its Redis does not answer, a replica lets nobody try a password, and counts everything else for itself.
#[tokio::test]
async fn without_its_redis_the_guarded_routes_are_closed() {
    let service = Service::with(&[("AUTH_RATE_LIMIT", "on"), ("REDIS_URL", "redis://127.0.0.1:1/")]).await;
    for path in ["sign-in/email", "sign-up/email", "sign-in/nope"] {
        let answer = service.send(Method::POST, &format!("/api/auth/{path}"), &[], "").await;
        let message = "The service is unavailable. Please try again later.";
        assert_eq!(answer.whole(), problem(503, "SERVICE_UNAVAILABLE", message));
        assert_eq!(answer.header("retry-after"), Some("1"));
    }
    for _ in 0..100 {
        assert_eq!(service.session(&[]).await.status, 200);
    }
    refused(&service.session(&[]).await);
}

/// Load balancers are never turned away; everybody else after a hundred calls of one route without ten quiet seconds.
#[tokio::test]
async fn health_is_not_limited() {
    let service = Service::with(&[("AUTH_RATE_LIMIT", "on")]).await;
    let mut statuses = Vec::new();
    for _ in 0..101 {
        statuses.push(service.get("/api/auth/ok", &[]).await.status.as_u16());
    }
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 100);
    refused(&service.get("/api/auth/ok", &[]).await);
    assert_eq!(service.get("/api/auth/nope", &[]).await.status, 404);
    assert_eq!(service.get("/health", &[]).await.status, 200);
}
