//! Records by the times of their changes, deletions by theirs, and records that a callback named.

use crate::{
    fixtures::now,
    wire::{Wire, ids},
};
use chrono::TimeDelta;
use providers::{CallError, PageAsk, RecordState, StreamError};
use serde_json::{Value, json};

fn lead(id: &str, modified: &str) -> Value {
    json!({"id": id, "Full_Name": "Rosa", "Modified_Time": modified})
}

fn info(token: Option<&str>) -> Value {
    json!({"more_records": token.is_some(), "next_page_token": token})
}

const LEADS: &str = "GET /us/api/crm/v8/Leads?per_page=200&sort_by=Modified_Time&sort_order=asc&!page&!page_token";
const DELETED: &str = "GET /us/api/crm/v8/Leads/deleted?type=all&per_page=200&!page&!page_token";

/// The page that `expected` answers, and since when it was asked.
async fn page(wire: &Wire, cursor: Option<&Value>) -> (providers::RecordPage, Option<String>) {
    let streams = wire.call().configured.provider.vendor.streams().unwrap();
    let page = streams.page(wire.call(), PageAsk { stream: "leads", cursor, ids: &[], batch: 200 }).await.unwrap();
    let asked = wire.asked();
    let since = asked[0].headers.get("if-modified-since").map(|since| since.to_str().unwrap().to_owned());
    assert_eq!(asked[0].headers["authorization"], "Zoho-oauthtoken token-0");
    (page, since)
}

/// The first pass asks for everything, then for what was deleted since it began; the next from the latest time that was seen,
/// and a little before it.
#[tokio::test]
async fn records_are_listed_by_their_times() {
    let wire = Wire::of("zoho").await;
    let of_page = |data: Value, token| json!({"data": data, "info": info(token)});
    wire.expect(LEADS, 200, of_page(json!([lead("1", "2026-01-01T10:00:00+01:00")]), Some("t2")));
    let (first, since) = page(&wire, None).await;
    assert_eq!((ids(&first), first.more, since), (vec!["1".to_owned()], true, None));
    let RecordState::There(record) = &first.records[0].state else { panic!("a record that is there") };
    assert_eq!(record["$url"].as_str().unwrap().rsplit_once("/us").unwrap().1, "/crm/tab/Leads/1");

    let second = "GET /us/api/crm/v8/Leads?page_token=t2&!page&sort_by=Modified_Time";
    wire.expect(second, 200, of_page(json!([lead("2", "2026-01-01T12:00:00+01:00")]), None));
    let (second, since) = page(&wire, Some(&first.cursor)).await;
    assert_eq!((ids(&second), second.more, since), (vec!["2".to_owned()], true, None));

    wire.expect(DELETED, 204, Value::Null);
    let (end, since) = page(&wire, Some(&second.cursor)).await;
    let began = (now() - TimeDelta::minutes(5)).to_rfc3339();
    assert_eq!((ids(&end), end.more, since), (vec![], false, Some(began.clone())));

    wire.expect(LEADS, 304, Value::Null);
    let (unchanged, since) = page(&wire, Some(&end.cursor)).await;
    assert_eq!((ids(&unchanged), unchanged.more), (vec![], true));
    assert_eq!(since.as_deref(), Some("2026-01-01T10:55:00+00:00"));

    let gone =
        json!({"data": [{"id": "1", "deleted_time": "2026-01-03T10:00:00+01:00"}], "info": {"more_records": true}});
    wire.expect(DELETED, 200, gone);
    let (gone, since) = page(&wire, Some(&unchanged.cursor)).await;
    assert_eq!((ids(&gone), gone.more, since), (vec!["-1".to_owned()], true, Some(began)));
    wire.expect("GET /us/api/crm/v8/Leads/deleted?page=2&per_page=200", 204, Value::Null);
    let (end, _) = page(&wire, Some(&gone.cursor)).await;
    assert!(!end.more);

    wire.expect(LEADS, 304, Value::Null);
    let (unchanged, since) = page(&wire, Some(&end.cursor)).await;
    assert_eq!(since.as_deref(), Some("2026-01-01T10:55:00+00:00"));
    wire.expect(DELETED, 304, Value::Null);
    let (_, since) = page(&wire, Some(&unchanged.cursor)).await;
    assert_eq!(since.as_deref(), Some("2026-01-03T08:55:00+00:00"));
}

/// A change that is later than the last deletion says nothing of deletions: they are asked for from where they were.
#[tokio::test]
async fn deletions_have_a_time_of_their_own() {
    let wire = Wire::of("zoho").await;
    let late = json!({"data": [lead("1", "2026-02-01T10:00:00+00:00")], "info": info(None)});
    wire.expect(LEADS, 200, late);
    let (records, _) = page(&wire, None).await;
    wire.expect(DELETED, 204, Value::Null);
    let (end, began) = page(&wire, Some(&records.cursor)).await;
    wire.expect(LEADS, 304, Value::Null);
    let (unchanged, since) = page(&wire, Some(&end.cursor)).await;
    assert_eq!(since.as_deref(), Some("2026-02-01T09:55:00+00:00"));
    wire.expect(DELETED, 204, Value::Null);
    assert_eq!(page(&wire, Some(&unchanged.cursor)).await.1, began);
}

/// A token of a page that has run out loses nothing: the list is in the order of its times. Where it has not moved, it is
/// begun anew.
#[tokio::test]
async fn a_page_that_is_refused_is_gone_on_with_by_time() {
    let wire = Wire::of("zoho").await;
    let full = json!({"data": [lead("1", "2026-01-01T10:00:00+00:00")], "info": info(Some("t2"))});
    wire.expect(LEADS, 200, full.clone());
    let (first, _) = page(&wire, None).await;
    let refused = json!({"code": "PAGINATION_LIMIT_EXCEEDED", "status": "error", "details": {}, "message": "m"});
    let second = "GET /us/api/crm/v8/Leads?page_token=t2";
    wire.expect(second, 400, refused.clone());
    let (resumed, _) = page(&wire, Some(&first.cursor)).await;
    assert_eq!((ids(&resumed), resumed.more), (vec![], true));
    wire.expect(LEADS, 200, full);
    let (again, since) = page(&wire, Some(&resumed.cursor)).await;
    assert_eq!(since.as_deref(), Some("2026-01-01T09:59:59+00:00"));
    wire.expect(second, 400, refused);
    assert!(matches!(wire.page("leads", Some(&again.cursor)).await, Err(StreamError::CursorExpired)));
}

/// A callback's records are fetched by their ids, a hundred a request; what does not come back is gone. The cursor stays.
#[tokio::test]
async fn named_records_are_fetched_by_their_ids() {
    let wire = Wire::of("zoho").await;
    let cursor = json!({"kept": true});
    let three = ["3", "1", "2", "1", "x", "../x"].map(str::to_owned);
    wire.expect("GET /us/api/crm/v8/Leads?ids=1%2C2%2C3", 200, json!({"data": [lead("2", "2026-01-01T10:00:00Z")]}));
    let page = wire.page_of("leads", Some(&cursor), &three).await.unwrap();
    assert_eq!((ids(&page), page.more, &page.cursor), (["-1", "-3", "2"].map(str::to_owned).into(), false, &cursor));

    let many: Vec<String> = (0..150).map(|at| at.to_string()).collect();
    wire.expect("GET /us/api/crm/v8/Leads?!page", 204, Value::Null).expect(
        "GET /us/api/crm/v8/Leads?!page",
        204,
        Value::Null,
    );
    let page = wire.page_of("leads", None, &many).await.unwrap();
    assert_eq!((page.records.len(), &page.cursor), (150, &Value::Null));
}

/// A scope that is missing is refused and no new token is tried; a module that is none is not found.
#[tokio::test]
async fn refusals_keep_their_meaning() {
    let wire = Wire::of("zoho").await;
    for (status, code) in [(401, "OAUTH_SCOPE_MISMATCH"), (403, "NO_PERMISSION"), (400, "REQUIRED_PARAM_MISSING")] {
        wire.expect(LEADS, status, json!({"code": code, "status": "error", "details": {}, "message": "m"}));
        let refused = wire.page("leads", None).await;
        assert!(matches!(refused, Err(StreamError::Call(CallError::Refused))), "{code}: {refused:?}");
    }
    wire.expect(LEADS, 401, json!({"code": "INVALID_TOKEN", "status": "error", "details": {}, "message": "m"}));
    assert!(matches!(wire.page("leads", None).await, Err(StreamError::Call(CallError::Unauthorized))));
    assert!(matches!(wire.page("tasks", None).await, Err(StreamError::Call(CallError::NotFound))));
}
