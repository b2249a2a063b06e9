use crate::support::Server;
use chrono::TimeDelta;
use connectors::workers;
use kernel::UserId;
use serde_json::{Value, json};

async fn told(server: &Server, tenant: uuid::Uuid, id: &str, query: &str) -> Vec<String> {
    let page = server.operator(tenant).get(&format!("/connections/{id}/timeline{query}")).await.with(200);
    page["events"].as_array().unwrap().iter().map(|one| one["event"].as_str().unwrap().to_owned()).collect()
}

/// A connection's life, newest first: connected, its hooks, its streams, refused by the vendor, connected anew, ended. Tokens and
/// signals only where they are asked for.
#[tokio::test]
async fn the_story_of_a_connection_is_told() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "linear", "ann").await;
    let id = connection["id"].as_str().unwrap();
    server.vend(tenant, &connection).await;
    server.sandbox.fault("linear", "api", "status_500", 1).await;
    server.sync().await;
    server.advance(TimeDelta::hours(2)).await;
    server.sync().await;
    server.sandbox.control("linear/revoke", json!({"account": "ann"})).await;
    server.advance(TimeDelta::hours(25)).await;
    assert_eq!(server.vend_answer(tenant, &connection).await.status, 409);
    server.connected(tenant, "linear", "ann").await;
    server.operator(tenant).delete(&format!("/connections/{id}")).await.with(200);
    let story = told(&server, tenant, id, "").await;
    let expected = ["connection.disconnect", "connection.connect", "connection.needs_reauth", "connection.connect"];
    let changes: Vec<&String> = story.iter().filter(|event| event.starts_with("connection")).collect();
    assert_eq!(changes, expected, "{story:?}");
    let count = |event: &str| story.iter().filter(|told| *told == event).count();
    assert_eq!((count("stream.fail"), count("stream.recover")), (1, 1), "{story:?}");
    assert!(count("stream.list") > 1 && count("token.vend") == 0, "{story:?}");
    let page = server.operator(tenant).get(&format!("/connections/{id}/timeline")).await.with(200);
    let refused =
        page["events"].as_array().unwrap().iter().find(|one| one["event"] == "connection.needs_reauth").unwrap();
    assert_eq!(refused["detail"]["change"]["after"], json!({"status": "needs_reauth", "reason": "revoked"}));
    assert!(told(&server, tenant, id, "?include=vends").await.contains(&"token.vend".to_owned()));
    let all = told(&server, tenant, id, "?include=vends,signals&limit=100").await;
    assert!(all.len() > story.len() && !all.iter().any(|event| event.starts_with("connection_")));
    assert_eq!(
        server.operator(tenant).get(&format!("/connections/{id}/timeline?include=all")).await.with(400)["errors"][0]["pointer"],
        "#/include"
    );
}

/// Pages of two sources woven together neither skip nor repeat, though things go on happening.
#[tokio::test]
async fn pages_neither_skip_nor_repeat() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "linear", "ann").await;
    let id = connection["id"].as_str().unwrap();
    for number in 0..30 {
        server.vend(tenant, &connection).await;
        // Many at the same instant, and signals between.
        if number % 3 == 0 {
            server.clock.advance(TimeDelta::seconds(1));
        }
    }
    server.sync().await;
    server.sandbox.change("linear", "ann", json!({"kind": "issue", "op": "create", "count": 5})).await;
    server.sync_now(tenant, &connection).await;
    let walk = async |limit: usize, meanwhile: bool| {
        let (mut seen, mut cursor): (Vec<Value>, _) = (Vec::new(), String::new());
        loop {
            let path = format!("/connections/{id}/timeline?include=vends,signals&limit={limit}{cursor}");
            let page = server.operator(tenant).get(&path).await.with(200);
            seen.extend(page["events"].as_array().unwrap().iter().map(|event| event["id"].clone()));
            if meanwhile {
                server.vend(tenant, &connection).await;
            }
            let Some(next) = page["next_cursor"].as_str() else { return seen };
            cursor = format!("&cursor={next}");
        }
    };
    let whole = walk(100, false).await;
    assert!(whole.len() > 31, "{}", whole.len());
    for limit in [1, 7, 50] {
        let before = walk(100, false).await;
        assert_eq!(walk(limit, true).await, before, "{limit}");
    }
}

/// A person sees the story of what is theirs, and of nothing else.
#[tokio::test]
async fn a_story_is_told_to_whose_it_is() {
    let server = Server::start().await;
    let (ada, bob) = (UserId::generate(), UserId::generate());
    server.connect_as(&server.member(ada), "linear", "ann").await;
    let listed = server.member(ada).get("/connections").await.with(200);
    let path = format!("/connections/{}/timeline", listed["connections"][0]["id"].as_str().unwrap());
    let story = server.member(ada).get(&path).await.with(200);
    assert_eq!(story["events"][0]["actor"], format!("user:{ada}"));
    assert_eq!(server.member(bob).get(&path).await.problem(), (404, "CONNECTION_NOT_FOUND".to_owned()));
    let tenant = server.tenant().await;
    assert_eq!(server.operator(tenant).get(&path).await.problem(), (404, "CONNECTION_NOT_FOUND".to_owned()));
    workers::chain_audit(&server.app).await.unwrap();
}
