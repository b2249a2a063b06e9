//! How a process comes up, and how it goes.

use crate::support::{Client, Process, Server};
use std::process::Stdio;

/// Before the migrations have run a process lives, says that it is not ready, and takes nothing; then it serves by itself.
#[tokio::test]
async fn a_process_waits_for_the_migrations() {
    let server = Server::start().await;
    let empty = testkit::Database::empty().await;
    let process = Process::begin(&server, &[("DATABASE_URL", &empty.url)], Stdio::null());
    process.reaches(&server, "/health/live", 200).await;
    let operator = server.operator(uuid::Uuid::now_v7()).at(&process.url);
    let ready = operator.get("/health/ready").await.with(503);
    assert_eq!((&ready["database"], &ready["vault"]), (&"unreachable".into(), &"locked".into()));
    assert_eq!(operator.get("/connections").await.problem(), (503, "OVERLOADED".to_owned()));
    db::migrate(&empty.pool).await.unwrap();
    process.reaches(&server, "/health/ready", 200).await;
    assert_eq!(operator.get("/connections").await.problem(), (404, "TENANT_NOT_FOUND".to_owned()));
}

/// A wrong key ends the process.
#[tokio::test]
async fn a_wrong_key_ends_the_process() {
    let server = Server::start().await;
    let wrong = [("ENCRYPTION_KEY", "fedcba9876543210fedcba9876543210")];
    assert!(!Process::begin(&server, &wrong, Stdio::null()).ended().await);
}

/// After SIGTERM a process says that it is not ready and goes on serving, so that a load balancer can take it out; each answer
/// closes its connection. A second signal ends it at once.
#[tokio::test]
async fn a_process_that_leaves_still_serves() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let process = Process::begin(&server, &[("DRAIN_DELAY_SECONDS", "20")], Stdio::null());
    process.reaches(&server, "/health/ready", 200).await;
    let operator = server.operator(tenant).at(&process.url);
    let before = operator.get("/connections").await;
    assert_eq!((before.status.as_u16(), before.header("connection")), (200, None));
    process.terminate();
    process.reaches(&server, "/health/ready", 503).await;
    let ready = Client::new(&process.url, false).get("/health/ready").await.with(503);
    assert_eq!(ready["process"], "leaving");
    let after = operator.get("/connections").await;
    assert_eq!((after.status.as_u16(), after.header("connection")), (200, Some("close")));
    process.terminate();
    assert!(process.ended().await);
}
