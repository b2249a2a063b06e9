//! Repositories, and what is in them.

use super::each;
use crate::support::{Answer, GITHUB, Sandbox, answer, config, start};
use reqwest::StatusCode;
use serde_json::{Value, json};

struct Scene {
    sandbox: Sandbox,
    token: String,
}

async fn scene() -> Scene {
    let sandbox = start(config()).await;
    let (token, _) = sandbox.connect(GITHUB).await;
    Scene { sandbox, token }
}

impl Scene {
    /// Something of REST, and where its `Link` leads to.
    async fn look(&self, path: &str) -> (Answer, Vec<(String, String)>) {
        let url =
            if path.starts_with('/') { self.sandbox.url(&format!("/github/api/v3{path}")) } else { path.to_owned() };
        let response = self.sandbox.client.get(url).bearer_auth(&self.token).send().await.unwrap();
        let links = response.headers().get("link").map(|link| link.to_str().unwrap().to_owned()).unwrap_or_default();
        let link = |link: &str| {
            let (address, relation) = link.trim().strip_prefix('<').unwrap().split_once(">; rel=").unwrap();
            (relation.trim_matches('"').to_owned(), address.to_owned())
        };
        (answer(response).await, links.split(", ").filter(|link| !link.is_empty()).map(link).collect())
    }

    async fn list(&self, path: &str) -> Value {
        let (answer, _) = self.look(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
        answer.body
    }

    async fn status(&self, path: &str) -> u16 {
        self.look(path).await.0.status.as_u16()
    }

    async fn change(&self, order: Value) -> Value {
        self.sandbox.change("github", order).await
    }
}

fn numbers(list: &Value) -> Vec<u64> {
    list.as_array().unwrap().iter().map(|one| one["number"].as_u64().unwrap()).collect()
}

/// Thirty a page unless more are asked for, a hundred at most; the other pages are where the links lead, by the repository's id.
#[tokio::test]
async fn lists_have_pages() {
    let scene = scene().await;
    scene.change(json!({"kind": "issue", "op": "create", "count": 250})).await;
    let issues = "/repos/sandbox-octo/hello/issues";
    assert_eq!(scene.list(issues).await.as_array().unwrap().len(), 30);
    let (first, links) = scene.look(&format!("{issues}?per_page=500&direction=asc")).await;
    assert_eq!(numbers(&first.body), (1..=100).collect::<Vec<u64>>());
    let names: Vec<&str> = links.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["next", "last"]);
    assert!(links[0].1.contains("/repositories/20009007001/issues?per_page=500&direction=asc&page=2"), "{links:?}");
    let (second, links) = scene.look(&links[0].1).await;
    assert_eq!(numbers(&second.body), (101..=200).collect::<Vec<u64>>());
    let names: Vec<&str> = links.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["prev", "first", "next", "last"]);
    let (last, _) = scene.look(&links[3].1).await;
    assert_eq!(numbers(&last.body), (201..=250).collect::<Vec<u64>>());
    assert_eq!(scene.list(&format!("{issues}?page=99")).await, json!([]));
}

/// Pull requests are among the issues, under other ids; states, times and orders choose from both.
#[tokio::test]
async fn issues_and_pull_requests_are_chosen() {
    let scene = scene().await;
    let at = |minute: u8| format!("2026-01-02T03:0{minute}:00Z");
    let issue = scene.change(json!({"kind": "issue", "op": "create", "at": at(1), "item": {"labels": ["bug"]}})).await;
    let pull = scene.change(json!({"kind": "pull_request", "op": "create", "at": at(2)})).await;
    let other = scene.change(json!({"kind": "issue", "op": "create", "at": at(3)})).await;
    assert_eq!(issue["item"]["labels"][0]["name"], "bug");
    let closed =
        json!({"kind": "issue", "op": "update", "id": issue["ids"][0], "at": at(4), "item": {"state": "closed"}});
    assert_eq!(scene.change(closed).await["item"]["closed_at"], at(4));
    let all = |query: &str| format!("/repos/sandbox-octo/hello/issues?{query}");
    for (query, expected) in [
        ("", vec![3, 2]),
        ("state=all", vec![3, 2, 1]),
        ("state=closed", vec![1]),
        ("state=all&sort=updated&direction=asc", vec![2, 3, 1]),
        ("state=all&sort=updated&since=2026-01-02T03:03:00Z", vec![1, 3]),
    ] {
        assert_eq!(numbers(&scene.list(&all(query)).await), expected, "{query}");
    }
    let listed = scene.list(&all("state=all&direction=asc")).await;
    assert!(listed[1]["pull_request"]["url"].is_string() && listed[0].get("pull_request").is_none());
    assert_ne!(listed[1]["id"].to_string(), pull["ids"][0].as_str().unwrap());

    let pulls = "/repos/sandbox-octo/hello/pulls";
    let found = scene.list(&format!("{pulls}?since=2030-01-01T00:00:00Z")).await;
    assert_eq!(found[0]["id"].to_string(), pull["ids"][0].as_str().unwrap());
    assert_eq!(found[0]["head"]["repo"]["full_name"], "sandbox-octo/hello");
    let merged = json!({"kind": "pull_request", "op": "update", "id": pull["ids"][0], "item": {"merged": true}});
    let merged = scene.change(merged).await["item"].clone();
    assert_eq!((&merged["state"], merged["merged_at"].is_string()), (&json!("closed"), true));
    assert_eq!(
        (scene.list(pulls).await, numbers(&scene.list(&format!("{pulls}?state=all")).await)),
        (json!([]), vec![2])
    );
    scene.change(json!({"kind": "issue", "op": "delete", "id": other["ids"][0]})).await;
    assert_eq!(numbers(&scene.list(&all("state=all")).await), [2, 1]);
    for query in ["state=odd", "sort=odd", "direction=odd", "since=yesterday", "page=x"] {
        assert_eq!(scene.status(&all(query)).await, 422, "{query}");
    }
}

/// A repository without commits says so. They come the newest first, by when they were made; the push is another time.
#[tokio::test]
async fn commits_are_listed_by_when_they_were_made() {
    let scene = scene().await;
    let commits = "/repos/sandbox-octo/hello/commits";
    assert_eq!(scene.status(commits).await, 409);
    let first = scene.change(json!({"kind": "commit", "op": "create", "at": "2026-01-02T03:00:00Z"})).await;
    let older = json!({"kind": "commit", "op": "create", "at": "2026-01-01T03:00:00Z", "item": {"message": "Older"}});
    let older = scene.change(older).await;
    let shas = |list: &Value| each(list, "sha");
    assert_eq!(shas(&scene.list(commits).await), [&first["ids"][0], &older["ids"][0]].map(|id| id.as_str().unwrap()));
    assert_eq!(shas(&scene.list(&format!("{commits}?since=2026-01-02T00:00:00Z")).await).len(), 1);
    assert_eq!(scene.status(&format!("{commits}?sha=other")).await, 404);
    let listed = scene.list("/user/repos").await;
    assert!(listed[0]["pushed_at"].as_str() > Some("2026-01-02T03:00:00Z"), "{listed}");
    let changed = json!({"kind": "commit", "op": "update", "id": first["ids"][0], "item": {"message": "x"}});
    assert_eq!(scene.sandbox.control("github/data", changed).await.status, StatusCode::BAD_REQUEST);
    let none = json!({"kind": "pull_request", "op": "delete", "id": "1"});
    assert_eq!(scene.sandbox.control("github/data", none).await.status, StatusCode::NOT_FOUND);
}

/// Repositories come, are renamed, blocked and go. Nobody hears of what is another person's, or is not there.
#[tokio::test]
async fn repositories_are_their_owners() {
    let scene = scene().await;
    let made = json!({"kind": "repository", "op": "create", "item": {"name": "garden", "private": true}});
    let made = scene.change(made).await;
    assert_eq!(
        (&made["item"]["full_name"], &made["item"]["visibility"]),
        (&json!("sandbox-octo/garden"), &json!("private"))
    );
    let names = async |query: &str| each(&scene.list(&format!("/user/repos?{query}")).await, "name");
    assert_eq!(names("").await, ["garden", "hello"]);
    assert_eq!(names("sort=created&direction=asc").await, ["hello", "garden"]);
    let taken = json!({"kind": "repository", "op": "create", "item": {"name": "garden"}});
    assert_eq!(scene.sandbox.control("github/data", taken).await.status, StatusCode::BAD_REQUEST);
    let in_garden = json!({"kind": "issue", "op": "create", "item": {"repository": "sandbox-octo/garden"}});
    assert_eq!(scene.change(in_garden).await["item"]["number"], 1);
    assert_eq!(numbers(&scene.list("/repos/sandbox-octo/garden/issues").await), [1]);

    let order = |op: &str, item: Value| json!({"kind": "repository", "op": op, "id": made["ids"][0], "item": item});
    scene.change(order("update", json!({"name": "orchard"}))).await;
    assert_eq!(scene.status("/repos/sandbox-octo/garden/issues").await, 404);
    assert_eq!(numbers(&scene.list("/repos/sandbox-octo/orchard/issues").await), [1]);
    scene.change(order("update", json!({"blocked": true}))).await;
    assert_eq!(scene.status("/repos/sandbox-octo/orchard/issues").await, 451);
    scene.change(order("delete", json!({}))).await;
    assert_eq!(names("").await, ["hello"]);
    for path in ["/repos/sandbox-octo/orchard/issues", "/repos/ann/hello/issues", "/repositories/1/issues"] {
        assert_eq!(scene.status(path).await, 404, "{path}");
    }
    let stranger = Scene { sandbox: scene.sandbox, token: "gho_nobody".to_owned() };
    assert_eq!(stranger.status("/repos/sandbox-octo/hello/issues").await, 401);
    assert_eq!(stranger.status("/user/repos").await, 401);
}

/// A list is not sent again to who has it, and that is not counted. It is told apart by what is on the page alone.
#[tokio::test]
async fn a_list_that_is_known_is_not_sent_again() {
    let scene = scene().await;
    let there = scene.change(json!({"kind": "issue", "op": "create", "count": 3})).await;
    let ask = async |query: &str, known: &str| {
        let url = scene.sandbox.url(&format!("/github/api/v3/repos/sandbox-octo/hello/issues?{query}"));
        let asked = scene.sandbox.client.get(url).bearer_auth(&scene.token).header("if-none-match", known);
        let response = asked.send().await.unwrap();
        let header = |name: &str| response.headers().get(name).map(|it| it.to_str().unwrap().to_owned());
        let left: u64 = header("x-ratelimit-remaining").unwrap().parse().unwrap();
        let (status, tag) = (response.status().as_u16(), header("etag").unwrap());
        (status, tag, left, response.bytes().await.unwrap().len())
    };
    let (status, tag, left, length) = ask("", "W/\"other\"").await;
    assert!(status == 200 && tag.starts_with("W/\"") && length > 0, "{status} {tag}");
    for known in [tag.clone(), format!("\"x\", {tag}"), tag.replace("W/", "")] {
        assert_eq!(ask("", &known).await, (304, tag.clone(), left, 0), "{known}");
    }
    let (status, other, less, _) = ask("per_page=1", &tag).await;
    assert_eq!((status, less), (200, left - 1));
    // Behind the page another one comes to be, and the page stays what it was.
    let order = json!({"kind": "issue", "op": "update", "id": there["ids"][0], "item": {"title": "Other"}});
    scene.change(order).await;
    assert_eq!(ask("per_page=1", &other).await.0, 304);
    assert_eq!(ask("", &tag).await.0, 200);
}
