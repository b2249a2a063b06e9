//! What happens at the vendor changes the connection, and is told.

use crate::support::Server;
use kernel::UserId;
use serde_json::{Value, json};
use uuid::Uuid;

async fn told(server: &Server, tenant: Uuid) -> Vec<Value> {
    server.read_deliveries().await;
    let page = server.operator(tenant).get("/signals").await.with(200);
    let kinds = page["signals"].as_array().unwrap().iter().rev().filter(|one| one["kind"] != "connection_connected");
    kinds.map(|one| json!([one["kind"], one["connection_id"], one["subject"]["title"]])).collect()
}

async fn status(server: &Server, tenant: Uuid, connection: &Value) -> Value {
    server.connection(tenant, &connection["id"]).await["health"]["status"].clone()
}

/// Suspended, resumed, deleted: the connection follows, its grant goes with the end, and each step is a signal.
#[tokio::test]
async fn an_installation_is_suspended_resumed_and_deleted() {
    let server = Server::with_app().await;
    let user = UserId::generate();
    let (tenant, member) = (user.as_uuid(), server.member(user));
    server.connect_as(&member, "github", "ann").await;
    let wish = json!({"action": "create", "account": "octo-org", "installed_by": "ann"});
    let id = server.sandbox.installations(wish).await["installation"]["id"].as_u64().unwrap();
    let linked = member.post("/oauth/github/link", &json!({"installation_id": id.to_string()})).await.with(200);
    let mut expected = Vec::new();
    for (action, state, kind) in [
        ("suspend", "suspended", "connection_suspended"),
        ("unsuspend", "active", "connection_resumed"),
        ("delete", "revoked", "connection_revoked"),
    ] {
        let done = server.sandbox.installations(json!({"action": action, "id": id})).await;
        assert_eq!(done["delivery"]["status"], 200);
        expected.push(json!([kind, linked["id"], "octo-org"]));
        assert_eq!(told(&server, tenant).await, expected);
        assert_eq!(status(&server, tenant, &linked).await, state);
    }
    assert_eq!(server.database.count("grants").await, 1, "the person's own");
    // A late "unsuspend" does not bring it back.
    let payload = json!({"action": "unsuspend", "installation": {"id": id}, "sender": {"id": 1}});
    let order = json!({"path": "/webhooks/github", "event": "installation", "payload": payload});
    server.sandbox.webhook("github", order).await;
    assert_eq!(told(&server, tenant).await, expected);
    assert_eq!(status(&server, tenant, &linked).await, "revoked");
}

/// Of deliveries that are read together, the ones behind a removal are nobody's any more, as when each is read alone.
#[tokio::test]
async fn what_comes_behind_a_removal_is_nobodys() {
    let server = Server::with_app().await;
    let member = server.member(UserId::generate());
    server.connect_as(&member, "github", "ann").await;
    let wish = json!({"action": "create", "account": "octo-org", "installed_by": "ann"});
    let id = server.sandbox.installations(wish).await["installation"]["id"].as_u64().unwrap();
    member.post("/oauth/github/link", &json!({"installation_id": id.to_string()})).await.with(200);
    server.read_deliveries().await;
    let before = server.database.count("signals").await;
    let star = |number| {
        json!({"action": "created", "starred_at": format!("2026-01-0{number}T00:00:00Z"), "installation": {"id": id},
                               "repository": {"id": 5, "full_name": "octo-org/hello"}, "sender": {"id": 1, "login": "ann"}})
    };
    let gone =
        json!({"action": "deleted", "installation": {"id": id, "account": {"login": "octo-org"}}, "sender": {"id": 1}});
    for (event, payload) in [("star", star(1)), ("installation", gone), ("star", star(2))] {
        let order = json!({"path": "/webhooks/github", "event": event, "payload": payload});
        server.sandbox.webhook("github", order).await;
    }
    server.read_deliveries().await;
    let states: Vec<(String, String)> =
        sqlx::query_as("select event, state from delivery_states order by id desc limit 3")
            .fetch_all(&server.database.pool)
            .await
            .unwrap();
    let states: Vec<_> = states.iter().rev().map(|(event, state)| (event.as_str(), state.as_str())).collect();
    assert_eq!(states, [("star", "done"), ("installation", "done"), ("star", "unclaimed")]);
    // The first star and the end itself.
    assert_eq!(server.database.count("signals").await, before + 2);
}

/// What was told of a grant that has been replaced since is about that one, read late or replayed: the new one stays.
#[tokio::test]
async fn a_late_removal_is_about_the_grant_before() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "github", "ann").await;
    let done = server.sandbox.control("github/revoke", json!({"account": "ann", "notify": true})).await;
    assert_eq!(done["deliveries"][0]["status"], 200, "{done}");
    assert_eq!(server.connected(tenant, "github", "ann").await["id"], connection["id"]);
    let told = told(&server, tenant).await;
    assert_eq!(told, [Value::Null; 0]);
    assert_eq!(status(&server, tenant, &connection).await, "active");
    server.vend(tenant, &connection).await;
}

/// A person takes the authorisation away at GitHub, a workspace removes the app at Linear: every tenant with that account
/// is told, others are not.
#[tokio::test]
async fn a_removal_at_the_vendor_ends_the_connection() {
    let server = Server::start().await;
    let (first, second, stranger) = (server.tenant().await, server.tenant().await, server.tenant().await);
    for vendor in ["github", "linear"] {
        let ours = server.connected(first, vendor, "ann").await;
        let same = server.connected(second, vendor, "ann").await;
        let other = server.connected(stranger, vendor, "bob").await;
        let done = server.sandbox.control(&format!("{vendor}/revoke"), json!({"account": "ann", "notify": true})).await;
        assert_eq!(done["deliveries"][0]["status"], 200, "{done}");
        server.read_deliveries().await;
        for (tenant, connection) in [(first, &ours), (second, &same)] {
            assert_eq!(status(&server, tenant, connection).await, "revoked");
            let revoked = json!(["connection_revoked", connection["id"], connection["display_name"]]);
            assert_eq!(told(&server, tenant).await.last(), Some(&revoked));
            let vend = server.vend_answer(tenant, connection).await;
            assert_eq!(vend.problem(), (409, "RECONNECT_REQUIRED".to_owned()));
        }
        assert_eq!(status(&server, stranger, &other).await, "active");
    }
    assert_eq!(told(&server, stranger).await, [Value::Null; 0]);
    assert_eq!(server.database.count("grants").await, 2, "the stranger's two");
}
