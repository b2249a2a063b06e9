//! Repositories, issues, pull requests and commits: of a person's account, and of an installation.

use super::{pairs, records};
use crate::support::Server;
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::TimeDelta;
use connectors::workers;
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

/// Longer than the streams wait, give or take.
const AN_HOUR: TimeDelta = TimeDelta::minutes(67);

async fn github(server: &Server, kind: &str, op: &str, mut more: Value) -> Value {
    (more["account"], more["kind"], more["op"]) = ("ann".into(), kind.into(), op.into());
    server.sandbox.control("github/data", more).await
}

async fn create(server: &Server, kind: &str, more: Value) -> Vec<String> {
    let done = github(server, kind, "create", more).await;
    done["ids"].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect()
}

/// The thing as GitHub shows it then.
async fn update(server: &Server, kind: &str, id: &str, item: Value) -> Value {
    github(server, kind, "update", json!({ "id": id, "item": item })).await["item"].clone()
}

/// The id that GitHub's events are about.
fn node(what: &str, id: &str) -> String {
    STANDARD.encode(format!("{:03}:{what}{id}", what.len()))
}

fn issue(kind: &str, id: &str) -> (String, String) {
    (kind.to_owned(), node("Issue", id))
}

fn sorted<T: Ord>(mut all: Vec<T>) -> Vec<T> {
    all.sort();
    all
}

async fn count(server: &Server, stream: &str) -> i64 {
    sqlx::query_scalar("select count(*) from records where stream = $1 and deleted_at is null")
        .bind(stream)
        .fetch_one(&server.database.pool)
        .await
        .unwrap()
}

/// An installation of the App for Ann's account, without the account itself; and its number.
async fn installed(server: &Server, tenant: Uuid) -> (Value, u64) {
    let operator = server.operator(tenant);
    let account = server.connected(tenant, "github", "ann").await;
    let started = operator.post("/connect/github", &json!({"kind": "installation"})).await.with(201);
    let back = server.sandbox.approve(started["authorize_url"].as_str().unwrap(), "ann").await;
    let path = format!("/connect/github/callback?{}", back.query().unwrap());
    let linked = operator.get(&path).await.with(200);
    operator.delete(&format!("/connections/{}", account["id"].as_str().unwrap())).await.with(200);
    let id = linked["account_id"].as_str().unwrap().parse().unwrap();
    (linked, id)
}

/// A webhook of the App about a thing as it is now.
async fn webhook(server: &Server, installation: u64, event: &str, action: &str, mut more: Value) {
    more["action"] = action.into();
    more["installation"] = json!({ "id": installation });
    more["sender"] = json!({"id": 9, "login": "ann", "type": "User"});
    let order = json!({"path": "/webhooks/github", "event": event, "payload": more, "delivery_id": Uuid::now_v7()});
    assert_eq!(server.sandbox.webhook("github", order).await["status"], 200);
    server.read_deliveries().await;
}

/// What was there before the connection is no news, in however many repositories and pages. After that each change is told once,
/// and what has not changed is not written.
#[tokio::test]
async fn what_is_in_repositories_is_told_when_it_changes() {
    let server = Server::start().await;
    let garden = create(&server, "repository", json!({"item": {"name": "garden"}})).await.remove(0);
    let here = create(&server, "issue", json!({"count": 3})).await;
    let there = create(&server, "issue", json!({"count": 130, "item": {"repository": "ann/garden"}})).await;
    let pulls = create(&server, "pull_request", json!({"count": 60, "item": {"repository": "ann/garden"}})).await;
    create(&server, "commit", json!({"count": 110, "item": {"repository": garden}})).await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "github", "ann").await;
    server.sync().await;
    assert_eq!(server.told(tenant).await, []);
    let counts = async || {
        let mut counts = Vec::new();
        for stream in ["repositories", "issues", "pull_requests", "commits"] {
            let standing = server.stream(tenant, &connection, stream).await;
            assert_eq!((&standing["phase"], &standing["error"]), (&json!("changes"), &Value::Null), "{standing}");
            counts.push(count(&server, stream).await);
        }
        counts
    };
    assert_eq!(counts().await, [2, 133, 60, 110]);

    // An hour later nothing has changed, and nothing is written.
    let before = records(&server).await;
    server.advance(AN_HOUR).await;
    server.sync().await;
    assert_eq!((records(&server).await, server.told(tenant).await), (before.clone(), vec![]));

    let new = create(&server, "issue", json!({"count": 2, "item": {"repository": "ann/garden"}})).await;
    update(&server, "issue", &there[0], json!({"title": "It broke"})).await;
    update(&server, "issue", &there[1], json!({"labels": ["urgent"]})).await;
    update(&server, "issue", &there[2], json!({"assignees": ["ann"]})).await;
    update(&server, "issue", &here[0], json!({"state": "closed"})).await;
    // A comment counts, and is told by itself.
    update(&server, "issue", &here[1], json!({"comments": 1})).await;
    update(&server, "pull_request", &pulls[0], json!({"merged": true})).await;
    update(&server, "pull_request", &pulls[1], json!({"head": {"sha": "f".repeat(40)}})).await;
    update(&server, "repository", &garden, json!({"description": "Roses", "stargazers_count": 7})).await;
    let pushed = create(&server, "commit", json!({"count": 2, "item": {"repository": garden}})).await;
    server.advance(AN_HOUR).await;
    server.sync().await;
    let pull = |kind: &str, id: &str| (kind.to_owned(), node("PullRequest", id));
    let expected = vec![
        issue("issue_created", &new[0]),
        issue("issue_created", &new[1]),
        issue("issue_updated", &there[0]),
        issue("issue_labeled", &there[1]),
        issue("issue_assigned", &there[2]),
        issue("issue_closed", &here[0]),
        pull("pull_request_merged", &pulls[0]),
        pull("pull_request_updated", &pulls[1]),
        ("repository_updated".to_owned(), garden.clone()),
        // Of several commits that were pushed, the one that the branch points to.
        ("push".to_owned(), pushed[1].clone()),
    ];
    assert_eq!(sorted(server.told(tenant).await), sorted(expected));
    assert_eq!(counts().await, [2, 135, 60, 112]);
    let after = records(&server).await;
    let written = after.iter().filter(|record| !before.contains(record)).count();
    assert_eq!(written, 2 + 4 + 2 + 1 + 2, "and nothing else is written");

    // Once more, at once.
    server.sync_now(tenant, &connection).await;
    assert_eq!((records(&server).await, server.told(tenant).await.len()), (after, 10));
}

/// A repository that is listed no more is gone. Issues that were deleted show in a listing from the beginning only.
#[tokio::test]
async fn what_is_gone_is_told() {
    let server = Server::start().await;
    let garden = create(&server, "repository", json!({"item": {"name": "garden"}})).await;
    let there = create(&server, "issue", json!({"count": 3})).await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "github", "ann").await;
    server.sync().await;
    github(&server, "repository", "delete", json!({ "id": garden[0] })).await;
    github(&server, "issue", "delete", json!({ "id": there[1] })).await;
    server.sync_now(tenant, &connection).await;
    let mut expected = pairs("repository_deleted", &garden);
    assert_eq!(server.told(tenant).await, expected);
    // As a version of this program would leave it that keeps other cursors.
    sqlx::query("update streams set cursor = '7' where name = 'issues'").execute(&server.database.pool).await.unwrap();
    server.sync_now(tenant, &connection).await;
    expected.push(issue("issue_deleted", &there[1]));
    assert_eq!(server.told(tenant).await, expected);
    let gone: Vec<String> = records(&server).await.into_iter().filter(|one| one.1).map(|one| one.0).collect();
    assert_eq!(sorted(gone), sorted(vec![garden[0].clone(), there[1].clone()]));
}

/// An empty repository has no commits, a blocked one shows nothing, and neither keeps the others from being read.
#[tokio::test]
async fn a_repository_without_anything_to_show_is_passed_over() {
    let server = Server::start().await;
    // Every account's first repository is empty, and stands in the middle here.
    let older = json!({"item": {"name": "orchard"}, "at": "2023-01-01T00:00:00Z"});
    let orchard = create(&server, "repository", older).await.remove(0);
    let blocked = create(&server, "repository", json!({"item": {"name": "cellar", "blocked": true}})).await.remove(0);
    let garden = create(&server, "repository", json!({"item": {"name": "garden"}})).await.remove(0);
    for repository in [&orchard, &blocked, &garden] {
        create(&server, "commit", json!({"item": { "repository": repository }})).await;
        create(&server, "issue", json!({"count": 2, "item": { "repository": repository }})).await;
    }
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "github", "ann").await;
    server.sync().await;
    assert_eq!((count(&server, "commits").await, count(&server, "issues").await), (2, 4));
    assert_eq!(server.stream(tenant, &connection, "commits").await["error"], Value::Null);
    // What is there once it may be looked at came with it.
    update(&server, "repository", &blocked, json!({"blocked": false})).await;
    let first = create(&server, "commit", json!({})).await;
    server.sync_now(tenant, &connection).await;
    assert_eq!((count(&server, "commits").await, count(&server, "issues").await), (4, 6));
    assert!(server.told(tenant).await.contains(&("push".to_owned(), first[0].clone())));
}

/// A repository that comes into reach brings what is in it. Only what is young is told.
#[tokio::test]
async fn a_repository_that_comes_into_reach_is_read_whole() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "github", "ann").await;
    server.sync().await;
    let ago = |days: i64| server.clock.now() - TimeDelta::days(days);
    create(&server, "repository", json!({"item": {"name": "garden"}, "at": ago(90)})).await;
    let old = json!({"count": 70, "item": {"repository": "ann/garden"}, "at": ago(30)});
    create(&server, "issue", old).await;
    let young = create(&server, "issue", json!({"item": {"repository": "ann/garden"}, "at": ago(1)})).await;
    server.sync_now(tenant, &connection).await;
    assert_eq!(count(&server, "issues").await, 71);
    assert_eq!(server.told(tenant).await, [issue("issue_created", &young[0])]);
}

/// Limited half way, the run goes on where it was when the pause is over: every change is told, and each once.
#[tokio::test]
async fn a_limit_half_way_loses_nothing() {
    let server = Server::start().await;
    for name in ["garden", "orchard"] {
        create(&server, "repository", json!({"item": { "name": name }})).await;
    }
    let mut there = Vec::new();
    for name in ["hello", "garden", "orchard"] {
        let order = json!({"count": 70, "item": {"repository": format!("ann/{name}")}});
        there.extend(create(&server, "issue", order).await);
    }
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "github", "ann").await;
    server.database.execute("delete from streams where name <> 'issues'").await;
    server.sync().await;
    assert_eq!((count(&server, "issues").await, server.told(tenant).await), (210, vec![]));
    server.advance(AN_HOUR).await;
    for id in &there {
        update(&server, "issue", id, json!({"title": "It broke"})).await;
    }
    // The list of repositories and two pages are let through.
    for _ in 0..3 {
        server.sandbox.fault("github", "api", "hold", 1).await;
    }
    let limit = json!({"on": "api", "kind": "rate_limited", "retry_after_seconds": 600});
    server.sandbox.control("github/faults", limit).await;
    let app = Arc::clone(&server.app);
    let run = tokio::spawn(async move { workers::sync(&app).await });
    for _ in 0..3 {
        server.sandbox.held("github").await;
        server.sandbox.release("github").await;
    }
    run.await.unwrap().unwrap();
    let told = server.told(tenant).await.len();
    assert!((1..210).contains(&told), "{told} of 210");
    let stream = server.stream(tenant, &connection, "issues").await;
    assert_eq!((&stream["attempts"], &stream["error"]["code"]), (&json!(0), &json!("rate_limited")));
    server.sync().await;
    assert_eq!(server.told(tenant).await.len(), told, "the pause is kept");
    server.advance(TimeDelta::seconds(611)).await;
    server.sync().await;
    let expected = there.iter().map(|id| issue("issue_updated", id)).collect();
    assert_eq!(sorted(server.told(tenant).await), sorted(expected));
}

/// An installation has the same streams, of the repositories that it was made on, though it has no scopes.
#[tokio::test]
async fn an_installation_has_streams() {
    let server = Server::with_app().await;
    create(&server, "repository", json!({"item": {"name": "garden", "private": true}})).await;
    create(&server, "issue", json!({"count": 120, "item": {"repository": "ann/garden"}})).await;
    create(&server, "pull_request", json!({"count": 2})).await;
    create(&server, "commit", json!({})).await;
    let tenant = server.tenant().await;
    let (connection, _) = installed(&server, tenant).await;
    server.sync().await;
    for (stream, there) in [("repositories", 2), ("issues", 120), ("pull_requests", 2), ("commits", 1)] {
        let standing = server.stream(tenant, &connection, stream).await;
        assert!(standing["baseline_at"].is_string(), "{standing}");
        assert_eq!(count(&server, stream).await, there, "{stream}");
    }
    let before = records(&server).await;
    server.sync_now(tenant, &connection).await;
    assert_eq!((records(&server).await, server.told(tenant).await), (before, vec![]));
    let new = create(&server, "issue", json!({})).await;
    server.sync_now(tenant, &connection).await;
    assert_eq!(server.told(tenant).await, [issue("issue_created", &new[0])]);
}

/// What webhooks have told, step by step, is not told again by the poll; what no webhook told is.
#[tokio::test]
async fn what_a_webhook_told_is_not_told_again() {
    let server = Server::with_app().await;
    let garden = create(&server, "repository", json!({"item": {"name": "garden"}})).await.remove(0);
    let in_garden = json!({"item": {"repository": "ann/garden"}});
    let known = create(&server, "issue", in_garden.clone()).await.remove(0);
    let pull = create(&server, "pull_request", in_garden.clone()).await.remove(0);
    let tenant = server.tenant().await;
    let (connection, number) = installed(&server, tenant).await;
    server.sync().await;
    assert_eq!(server.told(tenant).await, []);
    server.advance(TimeDelta::minutes(1)).await;

    let repository = update(&server, "repository", &garden, json!({"description": "Roses"})).await;
    let about = |name: &str, thing: &Value| json!({ name: thing, "repository": repository });
    let edited = about("changes", &json!({"description": {"from": "Herbs"}}));
    webhook(&server, number, "repository", "edited", edited).await;
    let new = github(&server, "issue", "create", in_garden.clone()).await["item"].clone();
    webhook(&server, number, "issues", "opened", about("issue", &new)).await;
    for (action, item) in [
        ("labeled", json!({"labels": ["urgent"]})),
        ("assigned", json!({"assignees": ["ann"]})),
        ("milestoned", json!({"milestone": {"id": 5, "number": 1, "title": "Spring"}})),
        ("closed", json!({"state": "closed"})),
    ] {
        let now = update(&server, "issue", &known, item).await;
        webhook(&server, number, "issues", action, about("issue", &now)).await;
    }
    let merged = update(&server, "pull_request", &pull, json!({"merged": true})).await;
    webhook(&server, number, "pull_request", "closed", about("pull_request", &merged)).await;
    let commit = github(&server, "commit", "create", in_garden.clone()).await["item"].clone();
    let mut push = about("head_commit", &json!({"message": "A commit"}));
    (push["ref"], push["after"]) = ("refs/heads/main".into(), commit["sha"].clone());
    push["compare"] = "https://github.example/ann/garden/compare/x".into();
    push["repository"]["pushed_at"] = commit["commit"]["committer"]["date"].clone();
    webhook(&server, number, "push", "", push).await;
    // A comment moves the issue's time since.
    server.advance(TimeDelta::minutes(5)).await;
    update(&server, "issue", &known, json!({"comments": 1})).await;
    let told = server.told(tenant).await;
    assert_eq!(told.len(), 8, "{told:?}");
    server.sync_now(tenant, &connection).await;
    assert_eq!(server.told(tenant).await, told);
    assert_eq!((count(&server, "issues").await, count(&server, "commits").await), (2, 1));

    // One of whose two changes a webhook is lost.
    let renamed = update(&server, "issue", &known, json!({"labels": []})).await;
    webhook(&server, number, "issues", "unlabeled", about("issue", &renamed)).await;
    server.advance(TimeDelta::minutes(5)).await;
    update(&server, "issue", &known, json!({"title": "It broke"})).await;
    create(&server, "issue", in_garden).await;
    server.sync_now(tenant, &connection).await;
    let more: Vec<String> = server.told(tenant).await.into_iter().skip(8).map(|(kind, _)| kind).collect();
    assert_eq!(more, ["issue_updated", "issue_updated", "issue_created"]);
}

/// Requests to GitHub, and those of them that cost nothing.
async fn used(server: &Server) -> (u64, u64) {
    (server.sandbox.count("github", "api_calls").await, server.sandbox.count("github", "unchanged").await)
}

/// An hour in which nothing happens costs nothing of the hour's requests, in another process too: what GitHub is asked with lies in
/// the cursor. What happens then is found and told.
#[tokio::test]
async fn an_idle_hour_costs_none_of_the_quota() {
    let server = Server::start().await;
    create(&server, "repository", json!({"count": 40})).await;
    create(&server, "repository", json!({"item": {"name": "garden"}})).await;
    let there = create(&server, "issue", json!({"count": 3, "item": {"repository": "ann/garden"}})).await;
    let pulls = create(&server, "pull_request", json!({"count": 9, "item": {"repository": "ann/garden"}})).await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "github", "ann").await;
    // Repositories without a commit have no list of them to be asked for again.
    server.database.execute("delete from streams where name = 'commits'").await;
    server.sync().await;
    server.advance(AN_HOUR).await;
    server.sync().await;
    let mut before = used(&server).await;
    // An idle hour here, and one in a process that was started since.
    let (other, _) = server.second().await;
    for app in [&server.app, &other] {
        server.advance(AN_HOUR).await;
        workers::sync(app).await.unwrap();
        let after = used(&server).await;
        let (asked, unchanged) = (after.0 - before.0, after.1 - before.1);
        assert!(asked > 84 && asked == unchanged, "{unchanged} of {asked} answers were 304");
        before = after;
    }
    assert_eq!(server.told(tenant).await, []);

    update(&server, "issue", &there[0], json!({"state": "closed"})).await;
    update(&server, "pull_request", &pulls[7], json!({"merged": true})).await;
    let new = create(&server, "issue", json!({"item": {"repository": "ann/hello"}})).await;
    server.advance(AN_HOUR).await;
    server.sync().await;
    let merged = ("pull_request_merged".to_owned(), node("PullRequest", &pulls[7]));
    let expected = vec![issue("issue_closed", &there[0]), issue("issue_created", &new[0]), merged];
    assert_eq!(sorted(server.told(tenant).await), sorted(expected));

    // Nor does the beginning know of tags: all is there again.
    let gone = github(&server, "issue", "delete", json!({ "id": there[1] })).await;
    assert_eq!(gone["ids"][0], *there[1]);
    let path = format!("/connections/{}/sync", connection["id"].as_str().unwrap());
    server.operator(tenant).post(&path, &json!({"mode": "full"})).await.with(202);
    server.sync().await;
    assert_eq!(server.told(tenant).await.last(), Some(&issue("issue_deleted", &there[1])));
    assert_eq!((count(&server, "issues").await, count(&server, "repositories").await), (3, 42));
}
