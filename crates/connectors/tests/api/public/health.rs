use crate::support::Server;
use serde_json::json;

/// Readiness follows the database; life does not.
#[tokio::test]
async fn readiness_follows_the_database() {
    let server = Server::start().await;
    let nobody = server.anonymous();
    let ready = json!({"status": "ok", "database": "ok", "redis": "none", "vault": "ok", "process": "serving"});
    assert_eq!(nobody.get("/health/ready").await.with(200), ready);
    sqlx::query("delete from _sqlx_migrations where version > 1").execute(&server.database.pool).await.unwrap();
    let behind = json!({"status": "unavailable", "database": "not_migrated", "redis": "none", "vault": "ok", "process": "serving"});
    assert_eq!(nobody.get("/health/ready").await.with(503), behind);
    server.app.pool.close().await;
    let gone = json!({"status": "unavailable", "database": "unreachable", "redis": "none", "vault": "ok", "process": "serving"});
    assert_eq!(nobody.get("/health/ready").await.with(503), gone);
    for path in ["/health", "/health/live"] {
        assert_eq!(nobody.get(path).await.with(200), json!({"status": "ok"}));
    }
}

/// A Redis that does not answer only degrades.
#[tokio::test]
async fn a_missing_redis_degrades() {
    let server = Server::with(&[("REDIS_URL", "redis://127.0.0.1:1/")]).await;
    let degraded = json!({"status": "ok", "database": "ok", "redis": "degraded", "vault": "ok", "process": "serving"});
    assert_eq!(server.anonymous().get("/health/ready").await.with(200), degraded);
}
