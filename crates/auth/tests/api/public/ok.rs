use crate::service::Service;
use serde_json::json;

/// Clients find out here whether a server is there.
#[tokio::test]
async fn the_server_says_it_is_there() {
    let service = Service::start().await;
    let answer = service.get("/api/auth/ok", &[]).await;
    assert_eq!(answer.whole(), (200, json!({"ok": true})));
    assert_eq!(answer.header("content-type"), Some("application/json"));
}
