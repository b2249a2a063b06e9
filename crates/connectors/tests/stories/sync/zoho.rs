//! Records that the vendor's callbacks have named, and nothing else of them.

use super::{pairs, push};
use crate::support::Server;
use chrono::TimeDelta;
use serde_json::json;

/// A callback says which records; they are fetched by their ids, told once, and not told again by the schedule.
#[tokio::test]
async fn named_records_are_fetched() {
    let server = Server::start().await;
    let zoho = async |order| server.sandbox.change("zoho", "ann", order).await;
    let leads = zoho(json!({"kind": "Leads", "op": "create", "count": 3})).await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "zoho", "ann").await;
    server.sync().await;
    assert_eq!(server.told(tenant).await, []);

    server.advance(TimeDelta::minutes(1)).await;
    let new = zoho(json!({"kind": "Leads", "op": "create"})).await;
    zoho(json!({"kind": "Leads", "op": "update", "id": leads[0], "item": {"Company": "Oak"}})).await;
    zoho(json!({"kind": "Leads", "op": "delete", "id": leads[1]})).await;
    let named = [new[0].clone(), leads[0].clone(), leads[1].clone()];
    push(&server, tenant, &connection, "leads", &named).await;
    // Once more by another callback: it is the same to fetch.
    push(&server, tenant, &connection, "leads", &named[1..2]).await;
    server.sync().await;
    let mut told = server.told(tenant).await;
    told.sort();
    let mut expected = pairs("record_created", &new);
    expected.extend(pairs("record_updated", &leads[..1]));
    expected.extend(pairs("record_deleted", &leads[1..2]));
    expected.sort();
    assert_eq!(told, expected);
    let left: Vec<(Vec<String>, Vec<String>)> =
        sqlx::query_as("select named, fetching from streams where name = 'leads'")
            .fetch_all(&server.database.pool)
            .await
            .unwrap();
    assert_eq!(left, [(vec![], vec![])]);

    server.advance(TimeDelta::minutes(17)).await;
    server.sync().await;
    assert_eq!(server.told(tenant).await.len(), 3);
}

/// What was named is kept until it has been written: a vendor that fails costs time and nothing else.
#[tokio::test]
async fn what_was_named_outlives_a_failure() {
    let server = Server::start().await;
    let zoho = async |order| server.sandbox.change("zoho", "ann", order).await;
    // What has an older time than the newest is not among what was modified since that: nothing but its name leads to it.
    let ago = |minutes| server.clock.now() - TimeDelta::minutes(minutes);
    let leads = zoho(json!({"kind": "Leads", "op": "create", "count": 2, "at": ago(180)})).await;
    zoho(json!({"kind": "Leads", "op": "create"})).await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "zoho", "ann").await;
    server.sync().await;
    let change = |id: &String, company: &str| json!({"kind": "Leads", "op": "update", "id": id, "item": {"Company": company}, "at": ago(120)});
    zoho(change(&leads[0], "Oak")).await;
    push(&server, tenant, &connection, "leads", &leads[..1]).await;
    server.sandbox.fault("zoho", "api", "status_500", 1).await;
    server.sync().await;
    let stream = server.stream(tenant, &connection, "leads").await;
    assert_eq!((&stream["attempts"], stream["error"]["code"].is_string()), (&json!(1), true), "{stream}");
    // A push makes it no sooner, and is not forgotten.
    push(&server, tenant, &connection, "leads", &leads[1..]).await;
    zoho(change(&leads[1], "Elm")).await;
    server.sync().await;
    assert_eq!(server.told(tenant).await, []);
    server.advance(TimeDelta::seconds(40)).await;
    server.sync().await;
    let mut told = server.told(tenant).await;
    told.sort();
    let mut expected = pairs("record_updated", &leads);
    expected.sort();
    assert_eq!(told, expected);
    let stream = server.stream(tenant, &connection, "leads").await;
    assert_eq!((&stream["attempts"], &stream["error"]), (&json!(0), &json!(null)));
}
