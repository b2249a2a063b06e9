use crate::support::{Deliveries, Server};
use serde_json::json;
use uuid::Uuid;

/// A query that does not hold together says which part, and is never guessed at.
#[tokio::test]
async fn a_bad_query_is_refused() {
    let server = Server::start().await;
    let operator = server.operator(server.tenant().await);
    for (query, pointer) in [
        ("limit=0", "#/limit"),
        ("limit=-1", "#/limit"),
        ("limit=101", "#/limit"),
        ("limit=ten", "#/limit"),
        ("limit=", "#/limit"),
        ("limit=1.5", "#/limit"),
        ("provider=nothing", "#/provider"),
        ("kind=nothing", "#/kind"),
        ("connection_id=x", "#/connection_id"),
        ("occurred_after=yesterday", "#/occurred_after"),
        ("occurred_before=2026-01-01", "#/occurred_before"),
        ("include_payload=yes", "#/include_payload"),
        ("cursor=x", "#/cursor"),
        ("cursor=", "#/cursor"),
    ] {
        let answer = operator.get(&format!("/signals?{query}")).await;
        assert_eq!(answer.problem(), (400, "VALIDATION_FAILED".to_owned()), "{query}");
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{query}");
    }
    for limit in ["1", "100"] {
        operator.get(&format!("/signals?limit={limit}")).await.with(200);
    }
}

/// A cursor belongs to one tenant and one filter, and no letter of it can be changed.
#[tokio::test]
async fn a_cursor_from_elsewhere_is_refused() {
    let server = Server::start().await;
    let (tenant, other) = (server.tenant().await, server.tenant().await);
    for (number, owner) in [tenant, tenant, other, other].into_iter().enumerate() {
        let path = format!("/webhooks/github/{owner}");
        let push = json!({
            "ref": "refs/heads/main", "after": format!("{number:040}"), "before": "0".repeat(40),
            "repository": {"id": 1, "full_name": "a/b"}, "head_commit": {"timestamp": "2026-01-01T00:00:00Z"},
            "commits": [],
        });
        Deliveries::to(&server, &path).send("push", &Uuid::now_v7().to_string(), &push).await.with(200);
    }
    server.read_deliveries().await;
    let operator = server.operator(tenant);
    let page = operator.get("/signals?limit=1").await.with(200);
    let cursor = page["next_cursor"].as_str().expect("two signals").to_owned();
    let forged = format!("{}{}", &cursor[..cursor.len() - 1], if cursor.ends_with('A') { 'B' } else { 'A' });
    let refused = (400, "VALIDATION_FAILED".to_owned());
    for (case, answer) in [
        ("forged", operator.get(&format!("/signals?limit=1&cursor={forged}")).await),
        ("another filter", operator.get(&format!("/signals?limit=1&kind=push&cursor={cursor}")).await),
        ("another tenant", server.operator(other).get(&format!("/signals?limit=1&cursor={cursor}")).await),
        ("another list", operator.get(&format!("/connections?limit=1&cursor={cursor}")).await),
    ] {
        assert_eq!(answer.problem(), refused, "{case}");
        assert_eq!(answer.json()["errors"][0]["pointer"], "#/cursor");
    }
    let rest = operator.get(&format!("/signals?limit=100&cursor={cursor}")).await.with(200);
    assert_eq!(rest["signals"].as_array().unwrap().len(), 1);
}
