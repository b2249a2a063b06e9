//! Somebody asks for streams to be fetched now, all of them from the beginning or what has changed, and watches.

use super::{CALENDAR, google, records};
use crate::support::Server;
use serde_json::{Value, json};

/// From the beginning: what is gone is found, what is as it was is not written, and what is known is no news.
#[tokio::test]
async fn a_full_run_writes_what_is_not_as_it_was() {
    let server = Server::start().await;
    let issue = async |order: Value| server.sandbox.change("atlassian", "ann", order).await;
    let there = issue(json!({"kind": "issue", "op": "create", "count": 120})).await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "jira", "ann").await;
    server.sync().await;
    let stream = server.stream(tenant, &connection, "issues").await;
    assert_eq!((&stream["batch"], &stream["last_run"]["pages"]), (&json!(50), &json!(3)), "{stream}");
    let before = records(&server).await;
    // Jira's search tells of nothing that is gone.
    issue(json!({"kind": "issue", "op": "delete", "id": there[7]})).await;
    server.sync_now(tenant, &connection).await;
    assert_eq!(server.told(tenant).await, []);
    let path = format!("/connections/{}/sync", connection["id"].as_str().unwrap());
    let wish = json!({"streams": ["issues"], "mode": "full"});
    server.operator(tenant).post(&path, &wish).await.with(202);
    server.sync().await;
    let told = server.told(tenant).await;
    let [(kind, id)] = told.as_slice() else { panic!("{told:?}") };
    assert!(kind == "issue_deleted" && id.ends_with(&there[7]), "{told:?}");
    let written: Vec<_> = records(&server).await.into_iter().filter(|record| !before.contains(record)).collect();
    let [(deleted, is_gone, _)] = written.as_slice() else { panic!("{written:?}") };
    assert!(deleted.ends_with(&there[7]) && *is_gone, "{written:?}");
    let stream = server.stream(tenant, &connection, "issues").await;
    assert_eq!((&stream["phase"], &stream["records"]), (&json!("changes"), &json!(119)));
    let run = &stream["last_run"];
    // What was listed, and once more what has changed of late.
    assert!(run["seen"].as_u64().unwrap() >= 119, "{stream}");
    assert_eq!((&run["created"], &run["updated"], &run["deleted"]), (&json!(0), &json!(0), &json!(1)), "{stream}");
    assert_eq!(server.database.count("listings").await, 0);
    // Once more, and there is nothing to write.
    server.operator(tenant).post(&path, &wish).await.with(202);
    let before = records(&server).await;
    server.sync().await;
    assert_eq!((records(&server).await, server.told(tenant).await.len()), (before, 1));
    let refused = server.operator(tenant).post(&path, &json!({"mode": "sideways"})).await;
    assert_eq!(refused.problem(), (400, "VALIDATION_FAILED".to_owned()));
}

/// Who watches sees each stream move, and hears when it is done, well or not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn progress_is_told_while_it_is_made() {
    let server = Server::start().await;
    server.sandbox.change("google", "ann", json!({"kind": "calendar", "op": "create", "count": 250})).await;
    let (tenant, connection) = google(&server, CALENDAR).await;
    // Nobody else is to ask the vendor: the one failure is the stream's.
    server.database.execute("delete from hook_upkeep").await;
    let path = format!("/connections/{}/sync", connection["id"].as_str().unwrap());
    let mut watching = server.operator(tenant).post_stream(&path, &json!({})).await;
    let first = watching.next().await.unwrap();
    assert_eq!((first.event.as_str(), &first.data["name"]), ("progress", &json!("calendar_events")));
    assert_eq!((&first.data["last_run"], &first.data["records"]), (&Value::Null, &json!(0)));
    let workers = server.start_workers().await;
    let mut events = vec![first];
    while let Some(event) = watching.next().await {
        events.push(event);
    }
    let [.., done, end] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((done.event.as_str(), end.event.as_str()), ("done", "end"));
    assert_eq!((&done.data["records"], &done.data["last_run"]["seen"]), (&json!(250), &json!(250)));

    // One that fails is done too, and says why.
    server.sandbox.fault("google", "api", "status_500", 1).await;
    let mut watching = server.operator(tenant).post_stream(&path, &json!({"streams": ["calendar_events"]})).await;
    let mut last = None;
    while let Some(event) = watching.next().await {
        last = Some(event).filter(|event| event.event == "done").or(last);
    }
    assert_eq!(last.unwrap().data["error"]["code"], "network");
    // Who asks for what is not there gets no stream.
    let refused = server
        .operator(tenant)
        .with("accept", "text/event-stream")
        .post(&path, &json!({"streams": ["drive_files"]}))
        .await;
    assert_eq!(refused.problem(), (400, "VALIDATION_FAILED".to_owned()));
    server.stop();
    workers.finished().await;
}
