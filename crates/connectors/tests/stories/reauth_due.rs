//! The end of a grant that a vendor announces.

use crate::support::Server;
use chrono::{DateTime, TimeDelta, Utc};

/// A vendor that gives every new refresh token a life of its own: each refresh moves the end that is shown.
#[tokio::test]
async fn an_end_that_a_refresh_moves_is_shown_moved() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "github", "ann").await;
    let due = async || -> DateTime<Utc> {
        let shown = server.connection(tenant, &connection["id"]).await;
        shown["health"]["reauth_due_at"].as_str().unwrap().parse().unwrap()
    };
    let before = due().await;
    server.advance(TimeDelta::hours(9)).await;
    server.vend(tenant, &connection).await;
    assert!(due().await - before >= TimeDelta::hours(9));
    // A vendor that announces none has none shown.
    let endless = server.connected(tenant, "jira", "ann").await;
    assert_eq!(endless["health"]["reauth_due_at"], serde_json::Value::Null);
}
