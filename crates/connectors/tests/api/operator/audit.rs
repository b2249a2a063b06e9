use crate::{
    api::operator_tokens::limited_token,
    support::{OPERATOR, Server},
};
use connectors::{rights::Allowed, workers};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

fn actions(page: &Value) -> Vec<&str> {
    page["lines"].as_array().unwrap().iter().map(|line| line["action"].as_str().unwrap()).collect()
}

/// Who did what, newest first, with the request and the address it came from; filters narrow it, and pages neither skip nor repeat.
#[tokio::test]
async fn the_log_says_who_did_what_and_from_where() {
    let server = Server::with(&[("TRUSTED_PROXIES", "127.0.0.1")]).await;
    let (tenant, other) = (server.tenant().await, server.tenant().await);
    let connection = server.connected(tenant, "linear", "ann").await;
    server.connected(other, "linear", "bob").await;
    let id = connection["id"].as_str().unwrap();
    let from = server.operator(tenant).with("x-forwarded-for", "203.0.113.9");
    let vended = from.get(&format!("/oauth/token/linear?connection_id={id}")).await;
    assert_eq!(vended.status, 200);
    let path = format!("/connections/{id}");
    from.delete(&path).await.with(200);
    workers::chain_audit(&server.app).await.unwrap();

    let operator = server.operator(tenant);
    let page = operator.get("/audit").await.with(200);
    assert_eq!(actions(&page), ["connection.disconnect", "token.vend", "connection.connect"]);
    let line = &page["lines"][1];
    assert_eq!(
        (&line["target"], &line["address"], line["request_id"].as_str()),
        (&connection["id"], &json!("203.0.113.9"), vended.header("x-request-id"))
    );
    assert!(line["actor"].as_str().unwrap().starts_with("operator:"));
    let places: Vec<i64> = page["lines"].as_array().unwrap().iter().map(|line| line["seq"].as_i64().unwrap()).collect();
    assert_eq!(places, [3, 2, 1]);
    assert_eq!((&page["chain"]["seq"], &page["chain"]["hash"]), (&json!(3), &page["lines"][0]["hash"]));

    let at = line["occurred_at"].as_str().unwrap();
    for (query, found) in [
        ("action=token.vend".to_owned(), 1),
        (format!("actor={}", line["actor"].as_str().unwrap()), 3),
        ("actor=user:nobody".to_owned(), 0),
        (format!("target={id}"), 3),
        (format!("occurred_after={at}"), 2),
        (format!("occurred_before={at}"), 1),
    ] {
        assert_eq!(actions(&operator.get(&format!("/audit?{query}")).await.with(200)).len(), found, "{query}");
    }
    let mut walked = Vec::new();
    let mut next = "/audit?limit=1".to_owned();
    loop {
        let page = operator.get(&next).await.with(200);
        walked.extend(page["lines"].as_array().unwrap().iter().map(|line| line["id"].clone()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        next = format!("/audit?limit=1&cursor={cursor}");
    }
    assert_eq!(walked, page["lines"].as_array().unwrap().iter().map(|line| line["id"].clone()).collect::<Vec<_>>());
    for (query, pointer) in [
        ("limit=0", "#/limit"),
        ("occurred_after=x", "#/occurred_after"),
        ("cursor=x", "#/cursor"),
        ("scope=all", "#/scope"),
    ] {
        assert_eq!(operator.get(&format!("/audit?{query}")).await.with(400)["errors"][0]["pointer"], pointer);
    }
}

/// As lines, all of it comes at once, and the last one says that it is whole.
#[tokio::test]
async fn the_log_can_be_taken_out_whole() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "linear", "ann").await;
    for _ in 0..120 {
        server.vend(tenant, &connection).await;
    }
    let answer = server.operator(tenant).with("accept", "application/x-ndjson").get("/audit?action=token.vend").await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, Some("application/x-ndjson")));
    let lines: Vec<Value> = answer.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((lines.len(), &lines[120]), (121, &json!({ "end": true })));
    let ids: BTreeSet<&str> = lines[..120].iter().map(|line| line["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 120);
}

/// Lines that belong to no tenant are for those who operate all of them; a token that is for some providers sees none of it.
#[tokio::test]
async fn what_is_nobodys_is_for_operators_of_all() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let theirs = |token: &str| server.anonymous().bearer(token).with("x-tenant-id", &tenant.to_string());
    let id = kernel::TenantId::from_uuid(tenant);
    let narrow = limited_token(&server, |rights| rights.tenants = Allowed::Only(BTreeSet::from([id]))).await;
    let page = theirs(OPERATOR).get("/audit?scope=app").await.with(200);
    assert_eq!(actions(&page), ["operator_token.create"]);
    assert_eq!(theirs(narrow.token.expose()).get("/audit?scope=app").await.problem(), (403, "FORBIDDEN".to_owned()));
    assert!(actions(&theirs(narrow.token.expose()).get("/audit").await.with(200)).is_empty());
    let some = BTreeSet::from(["linear".to_owned()]);
    let partly = limited_token(&server, |rights| rights.providers = Allowed::Only(some)).await;
    assert_eq!(theirs(partly.token.expose()).get("/audit").await.problem(), (403, "FORBIDDEN".to_owned()));
    let unknown = server.anonymous().bearer(OPERATOR).with("x-tenant-id", &Uuid::now_v7().to_string());
    assert_eq!(unknown.get("/audit").await.problem(), (404, "TENANT_NOT_FOUND".to_owned()));
}
