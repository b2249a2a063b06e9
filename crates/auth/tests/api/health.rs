use crate::service::Service;
use serde_json::json;

/// A load balancer learns that the process runs, and whether it can serve.
#[tokio::test]
async fn health_tells_living_from_ready() {
    let service = Service::start().await;
    for path in ["/health", "/health/live"] {
        assert_eq!(service.get(path, &[]).await.whole(), (200, json!({"status": "ok"})));
    }
    assert_eq!(service.get("/health/ready", &[]).await.whole(), (200, json!({"status": "ready"})));
    service.database.pool.close().await;
    assert_eq!(service.get("/health/ready", &[]).await.whole(), (503, json!({"status": "unavailable"})));
    assert_eq!(service.get("/health/live", &[]).await.status, 200);
}

/// A database that fails is our fault, and says nothing about itself.
#[tokio::test]
async fn an_outage_is_told_without_details() {
    let service = Service::start().await;
    service.database.pool.close().await;
    let answer = service.session(&[("authorization", "Bearer abc")]).await;
    assert_eq!(answer.whole(), (500, json!({"message": "Internal Server Error", "code": "INTERNAL_SERVER_ERROR"})));
}
