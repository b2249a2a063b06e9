//! A person deletes their account at the auth service.

use crate::support::Server;
use chrono::TimeDelta;
use kernel::UserId;
use serde_json::{Value, json};

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
    server.erase_person(ada).await;
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
}

/// Their last token opens nothing and makes nothing anew, though it holds for some minutes more.
#[tokio::test]
async fn a_late_token_makes_nothing_anew() {
    let server = Server::start().await;
    let ada = UserId::generate();
    server.connect_as(&server.member(ada), "linear", "ann").await;
    server.erase_person(ada).await;
    // What a process remembers of a tenant it forgets within seconds; this one remembers nothing.
    let (_app, url) = server.second().await;
    let member = server.member(ada).at(&url);
    for answer in [member.get("/connections").await, member.post_nothing("/connect/linear").await] {
        assert_eq!(answer.problem(), (401, "UNAUTHORIZED".to_owned()));
    }
    assert_eq!((server.database.count("tenants").await, server.database.count("connect_starts").await), (0, 0));
}

/// An auth service of an earlier release leaves a job instead.
#[tokio::test]
async fn the_job_of_an_earlier_release_is_understood() {
    let server = Server::start().await;
    let ada = UserId::generate();
    server.connect_as(&server.member(ada), "linear", "ann").await;
    let payload = json!({ "user": ada });
    let now = server.clock.now();
    jobs::enqueue(&server.database.pool, db::tenants::FORGET_PERSON, "one", &payload, now).await.unwrap();
    server.advance(TimeDelta::seconds(1)).await;
    connectors::workers::run_jobs(&server.app).await.unwrap();
    server.erase_what_is_begun().await;
    assert_eq!((server.database.count("connections").await, server.database.count("jobs").await), (0, 0));
    assert_eq!(server.sandbox.state().await["linear"]["live_access_tokens"], 0);
}
