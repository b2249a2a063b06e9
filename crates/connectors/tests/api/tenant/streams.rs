use crate::support::Server;
use kernel::UserId;
use serde_json::{Value, json};
use uuid::Uuid;

/// What there is, and having some or all of it fetched now; names that are none are refused, and then nothing is due.
#[tokio::test]
async fn streams_are_listed_and_fetched_on_demand() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "google", "ann").await;
    let operator = server.operator(tenant);
    let path = format!("/connections/{}", connection["id"].as_str().unwrap());
    let listed = operator.get(&format!("{path}/streams")).await.with(200);
    let names: Vec<&Value> = listed["streams"].as_array().unwrap().iter().map(|stream| &stream["name"]).collect();
    assert_eq!(names, ["calendar_events", "drive_files", "gmail_messages"]);
    let first = &listed["streams"][0];
    assert_eq!(
        (&first["phase"], &first["running"], &first["baseline_at"]),
        (&json!("listing"), &json!(false), &Value::Null)
    );
    server.sync().await;
    let sync = format!("{path}/sync");
    let some = operator.post(&sync, &json!({"streams": ["drive_files"]})).await.with(202);
    assert_eq!(some, json!({"streams": ["drive_files"]}));
    assert_eq!(operator.post_nothing(&sync).await.with(202)["streams"].as_array().unwrap().len(), 3);
    for body in
        [json!({"streams": ["drive_files", "nothing"]}), json!({"stream": []}), json!({"streams": "x"}), json!([])]
    {
        let refused = server.unchanged(operator.post(&sync, &body)).await;
        assert_eq!(refused.problem(), (400, "VALIDATION_FAILED".to_owned()), "{body}");
    }
    let many: Vec<String> = (0..101).map(|number| number.to_string()).collect();
    assert_eq!(operator.post(&sync, &json!({ "streams": many })).await.status, 400);
}

/// Another tenant's connection, another member's and one that is none are the same: not there.
#[tokio::test]
async fn others_streams_are_not_there() {
    let server = Server::start().await;
    let (tenant, other) = (server.tenant().await, server.tenant().await);
    let connection = server.connected(tenant, "google", "ann").await;
    let path = format!("/connections/{}", connection["id"].as_str().unwrap());
    let nobody = format!("/connections/{}", Uuid::now_v7());
    let member = server.member(UserId::generate());
    member.get("/connections").await.with(200);
    for (caller, path) in [(server.operator(other), &path), (member, &path), (server.operator(tenant), &nobody)] {
        let listed = caller.get(&format!("{path}/streams")).await;
        assert_eq!(listed.problem(), (404, "CONNECTION_NOT_FOUND".to_owned()));
        let asked = server.unchanged(caller.post_nothing(&format!("{path}/sync"))).await;
        assert_eq!(asked.problem(), (404, "CONNECTION_NOT_FOUND".to_owned()));
    }
}
