//! A person deletes their account at the auth service.

use crate::support::Server;
use chrono::TimeDelta;
use kernel::UserId;
use serde_json::{Value, json};

/// What the auth service leaves behind in the transaction that deletes a person.
async fn deleted(server: &Server, user: UserId) {
    let payload = json!({ "user": user });
    let mut connection = server.database.pool.acquire().await.unwrap();
    jobs::enqueue(&mut *connection, db::tenants::FORGET_PERSON, "one", &payload, server.clock.now()).await.unwrap();
    drop(connection);
    connectors::workers::run_jobs(&server.app).await.unwrap();
}

/// Their grants are dead at the vendors, their tenant is gone with every row, and nobody else's changed.
#[tokio::test]
async fn what_a_person_connected_goes_with_them() {
    let server = Server::start().await;
    let (ada, bob) = (UserId::generate(), UserId::generate());
    for (user, account) in [(ada, "ann"), (bob, "bob")] {
        for provider in ["github", "linear"] {
            server.connect_as(&server.member(user), provider, account).await;
        }
    }
    for user in [ada, bob] {
        let tool = json!({"source": "connectors", "name": "x", "fingerprint": "0".repeat(64), "approval": "never"});
        server.member(user).put_json("/agent/tools", &json!({"tools": [tool]})).await.with(200);
    }
    let tenant = server.tenant().await;
    let organisation = server.connected(tenant, "linear", "cy").await;
    deleted(&server, ada).await;
    // A vendor that was slow is asked by the job that was left for it.
    server.advance(TimeDelta::minutes(2)).await;
    connectors::workers::run_jobs(&server.app).await.unwrap();
    let state = server.sandbox.state().await;
    assert_eq!(
        (&state["github"]["live_access_tokens"], &state["linear"]["live_access_tokens"]),
        (&json!(1), &json!(2))
    );
    let trace = ada.as_uuid().to_string();
    for (table, rows) in server.everything().await {
        assert!(!rows.contains(&trace), "{table} still knows the person: {rows}");
    }
    assert_eq!(server.database.count("agent_tools").await, 1);
    let theirs = server.member(bob).get("/connections").await.with(200);
    let statuses: Vec<&Value> =
        theirs["connections"].as_array().unwrap().iter().map(|one| &one["health"]["status"]).collect();
    assert_eq!(statuses, [&json!("active"), &json!("active")]);
    assert_eq!(server.connection(tenant, &organisation["id"]).await["health"]["status"], "active");
    // Again, for whatever a last token did meanwhile.
    deleted(&server, ada).await;
    assert_eq!(server.database.count("jobs").await, 0);
}
