//! Confluence's pages.

use super::{connected, each};
use crate::{connect::ATLASSIAN, connect::text, support::Sandbox};
use reqwest::StatusCode;
use serde_json::{Value, json};

const SCOPE: &str = "read:page:confluence offline_access";

async fn base(sandbox: &Sandbox, token: &str) -> String {
    let sites = sandbox.read("/atlassian/oauth/token/accessible-resources", token).await.body;
    format!("/atlassian/ex/confluence/{}", text(&sites[0], "id"))
}

async fn change(sandbox: &Sandbox, order: Value) -> Value {
    sandbox.change("atlassian", order).await
}

/// Sorted as asked; the next page is told without what leads to the site, in the answer and in a header.
#[tokio::test]
async fn pages_are_listed_by_cursors() {
    let (sandbox, token) = connected(ATLASSIAN, SCOPE).await;
    let base = base(&sandbox, &token).await;
    for (id, at) in [("1", "2026-01-01T00:00:00Z"), ("2", "2026-01-02T00:00:00Z"), ("3", "2026-01-03T00:00:00Z")] {
        change(&sandbox, json!({"kind": "page", "op": "create", "id": id, "at": at, "item": {"title": "Runbook"}}))
            .await;
    }
    let rewritten = json!({"kind": "page", "op": "update", "id": "1", "at": "2026-01-02T03:04:05.678Z"});
    change(&sandbox, rewritten).await;
    let path = format!("{base}/wiki/api/v2/pages?sort=-modified-date&limit=2&body-format=storage");
    let first = sandbox.read(&path, &token).await.body;
    assert_eq!(each(&first["results"], "id"), ["3", "1"]);
    let page = &first["results"][1];
    assert_eq!(
        (&page["version"]["number"], &page["version"]["createdAt"]),
        (&json!(2), &json!("2026-01-02T03:04:05.678Z"))
    );
    assert_eq!(page["body"]["storage"], json!({"representation": "storage", "value": "<p>Hello.</p>"}));
    let next = text(&first["_links"], "next");
    assert!(next.starts_with("/wiki/api/v2/pages?sort=-modified-date&limit=2&body-format=storage&cursor="), "{next}");
    let response = sandbox.client.get(sandbox.url(&path)).bearer_auth(&token).send().await.unwrap();
    assert!(response.headers()["link"].to_str().unwrap().starts_with(&format!("<{next}>; rel=\"next\"")));
    let last = sandbox.read(&format!("{base}{next}"), &token).await.body;
    assert_eq!((each(&last["results"], "id"), last["_links"].get("next")), (vec!["2".to_owned()], None));
    assert_eq!(last["_links"]["base"], "https://sandbox-octo.atlassian.invalid/wiki");
}

/// What is in the bin is listed only where it is asked for.
#[tokio::test]
async fn the_bin_is_a_list_of_its_own() {
    let (sandbox, token) = connected(ATLASSIAN, SCOPE).await;
    let base = base(&sandbox, &token).await;
    let ids = change(&sandbox, json!({"kind": "page", "op": "create", "count": 2})).await["ids"].clone();
    change(&sandbox, json!({"kind": "page", "op": "delete", "id": ids[0]})).await;
    let list = async |query: &str| sandbox.read(&format!("{base}/wiki/api/v2/pages?{query}"), &token).await;
    assert_eq!(list("").await.body["results"][0]["id"], ids[1]);
    let gone = list("status=trashed").await.body;
    assert_eq!((&gone["results"][0]["id"], &gone["results"][0]["version"]["number"]), (&ids[0], &json!(2)));
    for query in ["sort=colour", "limit=251", "status=lost", "cursor=x", "body-format=wiki"] {
        assert_eq!(list(query).await.status, StatusCode::BAD_REQUEST, "{query}");
    }
}

/// The second version of the API takes its own scope and none of the older ones.
#[tokio::test]
async fn pages_ask_for_their_own_scope() {
    let (sandbox, token) = connected(ATLASSIAN, "read:confluence-content.summary offline_access").await;
    let base = base(&sandbox, &token).await;
    let refused = sandbox.read(&format!("{base}/wiki/api/v2/pages"), &token).await;
    assert_eq!(refused.body, json!({"code": 401, "message": "Unauthorized; scope does not match"}));
}
