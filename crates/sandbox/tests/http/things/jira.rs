//! Jira's search, and the projects that people make.

use super::{connected, each};
use crate::{
    connect::{ATLASSIAN, text},
    support::{Answer, Sandbox},
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const SCOPE: &str = "read:jira-work read:me offline_access";

struct Site {
    sandbox: Sandbox,
    token: String,
    cloud_id: String,
}

async fn site(scope: &str) -> Site {
    let (sandbox, token) = connected(ATLASSIAN, scope).await;
    let sites = sandbox.read("/atlassian/oauth/token/accessible-resources", &token).await.body;
    let cloud_id = sites[0]["id"].as_str().unwrap_or("none").to_owned();
    Site { sandbox, token, cloud_id }
}

impl Site {
    async fn search(&self, search: Value) -> Answer {
        let path = format!("/atlassian/ex/jira/{}/rest/api/3/search/jql", self.cloud_id);
        self.sandbox.send(Method::POST, &path, &self.token, search).await
    }

    async fn issue(&self, at: &str, project: &str) -> String {
        let item = json!({"fields": {"project": {"key": project}}});
        let order = json!({"kind": "issue", "op": "create", "at": at, "item": item});
        text(&self.sandbox.change("atlassian", order).await["item"], "key")
    }
}

/// Nothing but ids unless fields are named; pages go on by a token that is good for its query and for a week.
#[tokio::test]
async fn issues_are_searched_in_pages() {
    let site = site(SCOPE).await;
    for (at, project) in
        [("2026-01-02T03:04:06Z", "ED"), ("2026-01-02T03:04:05Z", "OPS"), ("2026-01-02T03:04:04Z", "ED")]
    {
        site.issue(at, project).await;
    }
    let jql = "updated >= 1767323045000 ORDER BY updated ASC";
    let bare = site.search(json!({"jql": jql})).await.body;
    assert_eq!(bare, json!({"issues": [{"id": "10002"}, {"id": "10001"}], "isLast": true}));
    let wanted = |token: Option<&str>| json!({"jql": jql, "fields": ["updated", "project"], "maxResults": 1, "nextPageToken": token});
    let first = site.search(wanted(None)).await.body;
    assert_eq!((&first["issues"][0]["key"], &first["isLast"]), (&json!("OPS-1"), &json!(false)));
    assert_eq!(first["issues"][0]["fields"]["updated"], "2026-01-02T04:04:05.000+0100");
    assert!(first["issues"][0]["fields"]["summary"].is_null());
    let token = text(&first, "nextPageToken");
    let last = site.search(wanted(Some(&token))).await.body;
    assert_eq!((&last["issues"][0]["key"], &last["isLast"]), (&json!("ED-1"), &json!(true)));
    assert!(last.get("nextPageToken").is_none());
    let other = json!({"jql": "project = ED", "nextPageToken": token});
    assert_eq!(site.search(other).await.status, StatusCode::BAD_REQUEST);
    let in_project = site.search(json!({"jql": "project in (OPS)", "fields": ["key"]})).await.body;
    assert_eq!(each(&in_project["issues"], "key"), ["OPS-1"]);
    let unbounded = site.search(json!({"jql": "ORDER BY updated"})).await;
    assert_eq!((unbounded.status, unbounded.body["errorMessages"][0].is_string()), (StatusCode::BAD_REQUEST, true));
}

/// What changed is found where it changed to; what was deleted is not found at all.
#[tokio::test]
async fn changes_move_an_issue() {
    let site = site(SCOPE).await;
    site.issue("2026-01-01T00:00:00Z", "ED").await;
    let item = json!({"fields": {"summary": "Fix login", "assignee": null}});
    let order = json!({"kind": "issue", "op": "update", "id": "10001", "item": item, "at": "2026-01-02T03:04:05Z"});
    site.sandbox.change("atlassian", order).await;
    let found = site.search(json!({"jql": "updated > 1767323044000", "fields": ["*all"]})).await.body;
    assert_eq!(found["issues"][0]["fields"]["summary"], "Fix login");
    assert_eq!(found["issues"][0]["fields"]["project"], json!({"id": "10000", "key": "ED", "name": "Editor"}));
    site.sandbox.change("atlassian", json!({"kind": "issue", "op": "delete", "id": "10001"})).await;
    assert_eq!(site.search(json!({"jql": "project = ED"})).await.body["issues"], json!([]));
}

/// The search may lag behind: it finds what was before, unless it is told to look.
#[tokio::test]
async fn the_search_can_lag_behind() {
    let site = site(SCOPE).await;
    let order = json!({"kind": "issue", "op": "create", "lag_seconds": 60});
    site.sandbox.change("atlassian", order).await;
    let ids = async |search: Value| each(&site.search(search).await.body["issues"], "id");
    let none: [&str; 0] = [];
    assert_eq!(ids(json!({"jql": "project = ED"})).await, none);
    assert_eq!(ids(json!({"jql": "project = ED", "reconcileIssues": [10001]})).await, ["10001"]);
    site.sandbox.control("clock", json!({"advance_seconds": 61})).await;
    assert_eq!(ids(json!({"jql": "project = ED"})).await, ["10001"]);
    let item = json!({"fields": {"summary": "newer"}});
    let order = json!({"kind": "issue", "op": "update", "id": "10001", "item": item, "lag_seconds": 60});
    site.sandbox.change("atlassian", order).await;
    let seen = site.search(json!({"jql": "project = ED", "fields": ["summary"]})).await.body;
    assert_eq!(seen["issues"][0]["fields"]["summary"], "An issue");
}

/// What people make stands behind what every site has, page by page; a deleted project is not listed.
#[tokio::test]
async fn projects_are_made_and_deleted() {
    let site = site(SCOPE).await;
    let project = async |order: Value| site.sandbox.change("atlassian", order).await;
    let made = project(json!({"kind": "project", "op": "create", "count": 2})).await["ids"].clone();
    project(json!({"kind": "project", "op": "update", "id": made[1], "item": {"name": "Roses"}})).await;
    let projects = async |start: usize| {
        let path =
            format!("/atlassian/ex/jira/{}/rest/api/3/project/search?startAt={start}&maxResults=2", site.cloud_id);
        site.sandbox.read(&path, &site.token).await.body
    };
    let end = projects(4).await;
    assert_eq!((each(&end["values"], "name"), &end["total"]), (vec!["Roses".to_owned()], &json!(5)));
    project(json!({"kind": "project", "op": "delete", "id": made[0]})).await;
    let (page, last) = (projects(2).await, projects(4).await);
    assert_eq!((&page["values"][0]["key"], &page["values"][1]["id"]), (&json!("HELP"), &made[1]));
    assert_eq!((&page["isLast"], &last["values"]), (&json!(true), &json!([])));
}

/// Another's site is not there, and without the scope the token is as good as dead.
#[tokio::test]
async fn a_search_asks_for_its_scope() {
    let mut site = site("read:me read:jira-user").await;
    let refused = site.search(json!({"jql": "project = ED"})).await;
    assert_eq!(refused.body, json!({"code": 401, "message": "Unauthorized; scope does not match"}));
    site = self::site(SCOPE).await;
    site.cloud_id = "11223344-a1b2-4b33-c444-def123456789".to_owned();
    assert_eq!(site.search(json!({"jql": "project = ED"})).await.status, StatusCode::NOT_FOUND);
}
