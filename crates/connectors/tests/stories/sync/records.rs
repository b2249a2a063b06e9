//! What was fetched, for whoever reads it.

use super::{CALENDAR, google};
use crate::support::{Client, Server};
use serde_json::{Value, json};
use std::collections::BTreeSet;

async fn calendar(server: &Server, order: Value) -> Vec<String> {
    let mut order = order;
    order["kind"] = "calendar".into();
    server.sandbox.change("google", "ann", order).await
}

fn ids(page: &Value) -> Vec<String> {
    let records = page["records"].as_array().unwrap();
    records.iter().map(|record| record["external_id"].as_str().unwrap().to_owned()).collect()
}

/// All pages from here on, and the `updated_at` of the last record.
async fn pages(reader: &Client, path: &str, query: &str) -> (Vec<String>, Option<String>) {
    let (mut all, mut last, mut cursor) = (Vec::new(), None, String::new());
    loop {
        let page = reader.get(&format!("{path}?limit=7{query}{cursor}")).await.with(200);
        all.extend(ids(&page));
        let newest = page["records"].as_array().unwrap().last();
        last = newest.map(|record| record["updated_at"].as_str().unwrap().to_owned()).or(last);
        let Some(next) = page["next_cursor"].as_str() else { return (all, last) };
        cursor = format!("&cursor={next}");
    }
}

/// Whoever has read to the end goes on behind the last record: what has come, changed and gone, each once, and nothing else.
#[tokio::test]
async fn whoever_follows_the_records_misses_nothing() {
    let server = Server::start().await;
    let there = calendar(&server, json!({"op": "create", "count": 250})).await;
    let (tenant, connection) = google(&server, CALENDAR).await;
    server.sync().await;
    let path = format!("/connections/{}/records/calendar_events", connection["id"].as_str().unwrap());
    let reader = server.operator(tenant);
    let (first, last) = pages(&reader, &path, "").await;
    assert_eq!(first.len(), 250);
    assert_eq!(first.iter().collect::<BTreeSet<_>>(), there.iter().collect());

    // Nothing since.
    let since = |last: &Option<String>| format!("&include_deleted=true&updated_after={}", last.as_deref().unwrap());
    assert_eq!(pages(&reader, &path, &since(&last)).await, (vec![], None));
    let new = calendar(&server, json!({"op": "create"})).await;
    calendar(&server, json!({"op": "update", "id": there[0], "item": {"summary": "Lunch"}})).await;
    calendar(&server, json!({"op": "delete", "id": there[1]})).await;
    // The same moment by the clock: the order is that of the pages all the same.
    server.sync_now(tenant, &connection).await;
    let (changed, _) = pages(&reader, &path, &since(&last)).await;
    let expected = BTreeSet::from([new[0].clone(), there[0].clone(), there[1].clone()]);
    assert_eq!((changed.len(), changed.into_iter().collect::<BTreeSet<_>>()), (3, expected));
    let (living, _) = pages(&reader, &path, "").await;
    assert_eq!((living.len(), living.contains(&there[1])), (250, false));
}

/// A record is there in the vendor's words and in those that all vendors share; what is gone has none.
#[tokio::test]
async fn a_record_has_two_forms() {
    let server = Server::start().await;
    let there = calendar(&server, json!({"op": "create", "count": 2, "item": {"summary": "Lunch"}})).await;
    let (tenant, connection) = google(&server, CALENDAR).await;
    server.sync().await;
    calendar(&server, json!({"op": "delete", "id": there[1]})).await;
    server.sync_now(tenant, &connection).await;
    let path = format!("/connections/{}/records/calendar_events", connection["id"].as_str().unwrap());
    let page = server.operator(tenant).get(&format!("{path}?include_deleted=true")).await.with(200);
    let [lunch, gone] = page["records"].as_array().unwrap().as_slice() else { panic!("{page}") };
    assert_eq!((&lunch["shape"]["type"], &lunch["shape"]["title"]), (&json!("calendar_event"), &json!("Lunch")));
    assert_eq!((&lunch["data"]["summary"], &lunch["deleted"]), (&json!("Lunch"), &json!(false)));
    assert_eq!(gone["external_id"], there[1]);
    assert_eq!((&gone["deleted"], &gone["shape"], gone.get("data")), (&json!(true), &Value::Null, None));
    let page = server.operator(tenant).get(&format!("{path}?include_data=false")).await.with(200);
    assert_eq!((page["records"].as_array().unwrap().len(), page["records"][0].get("data")), (1, None));
}

/// Others' records are not there, a stream that the connection does not have is not there, and a cursor is good for the list
/// that it came from.
#[tokio::test]
async fn nobody_reads_what_is_not_theirs() {
    let server = Server::start().await;
    calendar(&server, json!({"op": "create", "count": 3})).await;
    let (tenant, connection) = google(&server, CALENDAR).await;
    let other = server.tenant().await;
    server.sync().await;
    let of = |stream: &str| format!("/connections/{}/records/{stream}", connection["id"].as_str().unwrap());
    let (reader, path) = (server.operator(tenant), of("calendar_events"));
    let said = |code: &str, status| (status, code.to_owned());
    assert_eq!(server.operator(other).get(&path).await.problem(), said("CONNECTION_NOT_FOUND", 404));
    assert_eq!(reader.get(&of("drive_files")).await.problem(), said("STREAM_NOT_FOUND", 404));
    let page = reader.get(&format!("{path}?limit=1")).await.with(200);
    let cursor = page["next_cursor"].as_str().unwrap();
    for query in [
        format!("?include_deleted=true&cursor={cursor}"),
        "?cursor=AAAA".to_owned(),
        "?updated_after=yesterday".to_owned(),
        "?include_data=perhaps".to_owned(),
        "?limit=101".to_owned(),
        "?colour=red".to_owned(),
    ] {
        assert_eq!(reader.get(&format!("{path}{query}")).await.problem(), said("VALIDATION_FAILED", 400), "{query}");
    }
}
