use crate::support::Server;
use serde_json::{Value, json};
use uuid::Uuid;

fn ids(page: &Value) -> Vec<&Value> {
    page["connections"].as_array().unwrap().iter().map(|one| &one["id"]).collect()
}

/// Newest first, in pages, by provider and by status; what has ended is listed only when asked for.
#[tokio::test]
async fn connections_are_listed_in_pages() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let operator = server.operator(tenant);
    let mut made = Vec::new();
    for (provider, account) in [("github", "ann"), ("linear", "ann"), ("linear", "bob")] {
        made.push(server.connected(tenant, provider, account).await);
    }
    let first = operator.get("/connections?limit=2").await.with(200);
    assert_eq!(ids(&first), [&made[2]["id"], &made[1]["id"]]);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = operator.get(&format!("/oauth/connections?limit=2&cursor={cursor}")).await.with(200);
    assert_eq!((ids(&second), &second["next_cursor"]), (vec![&made[0]["id"]], &Value::Null));
    let foreign = operator.get(&format!("/connections?provider=linear&cursor={cursor}")).await;
    assert_eq!(foreign.problem(), (400, "VALIDATION_FAILED".to_owned()));
    assert_eq!(ids(&operator.get("/connections?provider=github").await.with(200)), [&made[0]["id"]]);
    operator.delete(&format!("/connections/{}", made[0]["id"].as_str().unwrap())).await.with(200);
    assert_eq!(ids(&operator.get("/connections").await.with(200)).len(), 2);
    assert_eq!(ids(&operator.get("/connections?status=revoked").await.with(200)), [&made[0]["id"]]);
    for query in ["provider=nothing", "status=other", "limit=0", "limit=-1", "limit=101", "limit=x", "cursor=x"] {
        let answer = operator.get(&format!("/connections?{query}")).await;
        assert_eq!(answer.problem(), (400, "VALIDATION_FAILED".to_owned()), "{query}");
    }
}

/// A member's page is full of what they may see, though others' connections lie between.
#[tokio::test]
async fn a_page_holds_only_what_the_member_may_see() {
    let server = Server::start().await;
    let (user, pool) = (kernel::UserId::generate(), &server.database.pool);
    let member = server.member(user);
    member.get("/connections").await.with(200);
    for n in 0..9 {
        let owner = [None, Some(user.as_uuid()), Some(Uuid::now_v7())][n % 3];
        sqlx::query(
            "insert into connections (tenant_id, id, provider, kind, account_id, display_name, status, status_detail,
                                      owner_id, created_at, updated_at)
             values ($1, $2, 'github', 'account', $3, 'x', 'active', '{\"status\":\"active\"}', $4, now(), now())",
        )
        .bind(user.as_uuid())
        .bind(Uuid::now_v7())
        .bind(n.to_string())
        .bind(owner)
        .execute(pool)
        .await
        .unwrap();
    }
    let first = member.get("/connections?limit=5").await.with(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = member.get(&format!("/connections?limit=5&cursor={cursor}")).await.with(200);
    assert_eq!((ids(&first).len(), ids(&second).len()), (5, 1));
    let all = first["connections"].as_array().unwrap().iter().chain(second["connections"].as_array().unwrap());
    assert!(all.map(|one| &one["owner"]).all(|owner| *owner == Value::Null || *owner == json!(user.as_uuid())));
}

/// An id that is none is told apart from one that names nothing.
#[tokio::test]
async fn a_malformed_id_is_a_bad_request() {
    let server = Server::start().await;
    let operator = server.operator(server.tenant().await);
    for answer in [
        operator.get("/connections/x").await,
        operator.post_nothing("/connections/x/refresh").await,
        operator.delete("/connections/x").await,
    ] {
        assert_eq!(answer.problem(), (400, "VALIDATION_FAILED".to_owned()));
    }
}
