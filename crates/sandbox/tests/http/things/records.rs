//! Zoho's records.

use super::{connected, each};
use crate::{
    connect::{ZOHO, text},
    support::{Answer, Sandbox, answer},
};
use reqwest::StatusCode;
use serde_json::{Value, json};

const SCOPE: &str = "ZohoCRM.modules.leads.READ";
const LEADS: &str = "/zoho/us/api/crm/v8/Leads";
const SORTED: &str = "sort_by=Modified_Time&sort_order=asc";

async fn create(sandbox: &Sandbox, at: &str, count: u16) -> Vec<String> {
    let order = json!({"kind": "Leads", "op": "create", "count": count, "at": at});
    let ids = sandbox.change("zoho", order).await["ids"].clone();
    ids.as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect()
}

async fn since(sandbox: &Sandbox, token: &str, path: &str, since: &str) -> Answer {
    let request = sandbox.client.get(sandbox.url(path)).bearer_auth(token).header("if-modified-since", since);
    answer(request.send().await.unwrap()).await
}

/// `fields` is demanded and says what comes; nothing is 204, nothing new is 304, and neither has a body.
#[tokio::test]
async fn records_come_with_the_fields_that_were_named() {
    let (sandbox, token) = connected(ZOHO, SCOPE).await;
    assert_eq!(sandbox.read(&format!("{LEADS}?fields=id"), &token).await.status, StatusCode::NO_CONTENT);
    let missing = sandbox.read(LEADS, &token).await;
    assert_eq!((missing.status, &missing.body["code"]), (StatusCode::BAD_REQUEST, &json!("REQUIRED_PARAM_MISSING")));
    let many = vec!["x"; 51].join(",");
    assert_eq!(sandbox.read(&format!("{LEADS}?fields={many}"), &token).await.status, StatusCode::BAD_REQUEST);

    let ids = create(&sandbox, "2026-01-02T03:04:05.678Z", 1).await;
    let list = sandbox.read(&format!("{LEADS}?fields=Full_Name,Modified_Time"), &token).await.body;
    let record = json!({"id": ids[0], "Full_Name": "Ann Ode", "Modified_Time": "2026-01-02T04:04:05+01:00"});
    assert_eq!(list["data"], json!([record]));
    let path = format!("{LEADS}?fields=id");
    assert_eq!(since(&sandbox, &token, &path, "2026-01-02T03:04:04+00:00").await.body["info"]["count"], 1);
    let unchanged = since(&sandbox, &token, &path, "2026-01-02T04:04:05+01:00").await;
    assert_eq!((unchanged.status, unchanged.body), (StatusCode::NOT_MODIFIED, Value::Null));
    let odd = since(&sandbox, &token, &path, "Fri, 02 Jan 2026 03:04:05 GMT").await;
    assert_eq!(odd.status, StatusCode::BAD_REQUEST);

    let change = json!({"kind": "Leads", "op": "update", "id": ids[0], "item": {"Full_Name": "Ann Oak"}});
    sandbox.change("zoho", change).await;
    let one = sandbox.read(&format!("{LEADS}/{}?fields=Full_Name", ids[0]), &token).await.body;
    assert_eq!(one, json!({"data": [{"id": ids[0], "Full_Name": "Ann Oak"}]}));
    let named = sandbox.read(&format!("{LEADS}?fields=id&ids={},1", ids[0]), &token).await.body;
    assert_eq!(each(&named["data"], "id"), ids);
    assert_eq!(sandbox.read(&format!("{LEADS}/1"), &token).await.status, StatusCode::NO_CONTENT);
}

/// Tokens lead from page to page, and beyond the 2000th record, where `page` leads no more.
#[tokio::test]
async fn pages_end_at_a_wall() {
    let (sandbox, token) = connected(ZOHO, SCOPE).await;
    create(&sandbox, "2026-01-02T03:04:05Z", 2001).await;
    let page = async |query: &str| sandbox.read(&format!("{LEADS}?fields=id&{SORTED}&{query}"), &token).await;
    assert_eq!(page("page=10").await.body["info"]["more_records"], true);
    assert_eq!(page("page=11").await.body["code"], "DISCRETE_PAGINATION_LIMIT_EXCEEDED");
    assert_eq!(page("per_page=201").await.status, StatusCode::BAD_REQUEST);
    let mut seen = page("").await.body;
    let first = text(&seen["info"], "next_page_token");
    assert_eq!(page(&format!("page=2&page_token={first}")).await.status, StatusCode::BAD_REQUEST);
    let mut ids = each(&seen["data"], "id");
    while seen["info"]["more_records"] == true {
        let next = text(&seen["info"], "next_page_token");
        seen = page(&format!("page_token={next}")).await.body;
        ids.extend(each(&seen["data"], "id"));
    }
    assert_eq!((ids.len(), seen["info"]["page"].as_u64()), (2001, Some(11)));
    assert!(ids.is_sorted() && seen["info"]["next_page_token"].is_null());
    let other = format!("{LEADS}?fields=id&page_token={first}");
    assert_eq!(sandbox.read(&other, &token).await.status, StatusCode::BAD_REQUEST);
    sandbox.control("zoho/settings", json!({"access_ttl_seconds": 200_000})).await;
    let token = super::token(&sandbox, ZOHO, SCOPE).await;
    sandbox.control("clock", json!({"advance_seconds": 86_401})).await;
    let late = sandbox.read(&format!("{LEADS}?fields=id&{SORTED}&page_token={first}"), &token).await;
    assert_eq!(late.body["code"], "INVALID_PAGE_TOKEN");
}

/// What was deleted is in a list of its own, by the time of the deletion.
#[tokio::test]
async fn deletions_are_listed() {
    let (sandbox, token) = connected(ZOHO, SCOPE).await;
    let ids = create(&sandbox, "2026-01-02T03:04:05Z", 2).await;
    let path = format!("{LEADS}/deleted?type=all");
    assert_eq!(sandbox.read(&path, &token).await.status, StatusCode::NO_CONTENT);
    let order = json!({"kind": "Leads", "op": "delete", "id": ids[0], "at": "2026-01-03T00:00:00Z"});
    sandbox.change("zoho", order).await;
    let gone = since(&sandbox, &token, &path, "2026-01-02T23:59:59+00:00").await.body;
    assert_eq!(gone["data"][0]["display_name"], "Ann Ode");
    assert_eq!((&gone["data"][0]["id"], &gone["info"]["more_records"]), (&json!(ids[0]), &json!(false)));
    assert_eq!(since(&sandbox, &token, &path, "2026-01-03T00:00:00+00:00").await.status, StatusCode::NOT_MODIFIED);
    assert_eq!(each(&sandbox.read(&format!("{LEADS}?fields=id"), &token).await.body["data"], "id"), [ids[1].as_str()]);
}

/// A scope is for its module, and a token for its data centre.
#[tokio::test]
async fn modules_ask_for_their_scopes() {
    let (sandbox, token) = connected(ZOHO, SCOPE).await;
    let refused = sandbox.read("/zoho/us/api/crm/v8/Deals?fields=id", &token).await;
    assert_eq!((refused.status, &refused.body["code"]), (StatusCode::UNAUTHORIZED, &json!("OAUTH_SCOPE_MISMATCH")));
    let elsewhere = sandbox.read("/zoho/eu/api/crm/v8/Leads?fields=id", &token).await;
    assert_eq!(elsewhere.body["code"], "INVALID_TOKEN");
    let unknown = sandbox.read("/zoho/us/api/crm/v8/Invoices?fields=id", &token).await;
    assert_eq!((unknown.status, &unknown.body["code"]), (StatusCode::BAD_REQUEST, &json!("INVALID_MODULE")));
}
