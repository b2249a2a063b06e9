//! The whole story, with the real auth service in front.

use crate::support::{Client, Server};
use edge::Shutdown;
use kernel::{Clock, Env};
use serde_json::{Value, json};
use std::sync::Arc;
use testkit::Database;

/// The auth service over a database of its own, under the name the connectors expect.
pub(super) async fn auth_service() -> (String, Database) {
    let database = Database::fresh().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let pairs = [
        ("ENVIRONMENT", "development"),
        ("DATABASE_URL", "postgres://unused"),
        ("PUBLIC_URL", &url),
        ("BETTER_AUTH_SECRET", "a-secret-of-the-connectors-tests-0123456789"),
        ("JWT_SECRET", "another-secret-of-the-connectors-tests-0123"),
        ("AUTH_ISSUER", crate::support::ISSUER),
        ("AUTH_AUDIENCE", crate::support::AUDIENCE),
        ("AUTH_RATE_LIMIT", "off"),
    ];
    let config = auth::Config::from_env(&Env::from_pairs(pairs)).unwrap();
    let app = Arc::new(auth::App::new(&config, database.pool.clone(), Clock::system()).unwrap());
    tokio::spawn(edge::serve(listener, auth::service(&config, app), Shutdown::new()));
    (url, database)
}

/// Sign up, take a JWT, connect, vend, call the vendor, receive, query, disconnect.
#[tokio::test]
async fn from_sign_up_to_disconnect() {
    let (auth, _database) = auth_service().await;
    let server = Server::with(&[("AUTH_JWKS_URL", &format!("{auth}/api/auth/jwks"))]).await;
    let person = Client::new(&auth, true).with("origin", &auth);
    let form = json!({"name": "Ada", "email": "ada@example.com", "password": "correct horse battery"});
    let signed_up = person.post("/api/auth/sign-up/email", &form).await.with(200);
    let tenant: uuid::Uuid = signed_up["user"]["id"].as_str().unwrap().parse().unwrap();
    let jwt = person.get("/api/auth/token").await.with(200)["token"].as_str().unwrap().to_owned();

    let member = server.browser().bearer(&jwt);
    assert_eq!(server.connect_as(&member, "linear", "ada").await.status, 200);
    let page = member.get("/connections").await.with(200);
    let connection = &page["connections"][0];
    let vended = server.vend(tenant, connection).await;
    let token = vended["access_token"].as_str().unwrap().to_owned();
    assert!(server.sandbox.accepts("linear", &token).await);

    let payload = json!({
        "type": "Issue", "action": "create", "organizationId": connection["org_id"], "createdAt": "2026-01-02T03:04:05Z",
        "data": {"id": "i1", "identifier": "ENG-7", "title": "It broke"},
        "actor": {"id": "u1", "type": "user", "name": "Ada"},
    });
    let order = json!({"path": "/webhooks/linear", "event": "Issue", "payload": payload});
    assert_eq!(server.sandbox.webhook("linear", order).await["status"], 200);
    server.read_deliveries().await;
    let mut signals = member.get("/signals?kind=issue_created").await.with(200)["signals"].clone();
    for unique in ["id", "delivery_id", "received_at"] {
        assert!(signals[0].as_object_mut().unwrap().remove(unique).unwrap().is_string());
    }
    let expected = json!([{
        "connection_id": connection["id"],
        "provider": "linear",
        "kind": "issue_created",
        "subject": {"type": "issue", "external_id": "i1", "number": "ENG-7", "title": "It broke", "url": null},
        "actor": {"external_id": "u1", "name": "Ada", "is_bot": false},
        "container": null,
        "changes": [],
        "occurred_at": "2026-01-02T03:04:05Z",
    }]);
    assert_eq!(signals, expected);

    let ended = member.delete(&format!("/connections/{}", connection["id"].as_str().unwrap())).await.with(200);
    assert_eq!(ended, json!({"status": "revoked", "at_provider": "revoked"}));
    assert!(!server.sandbox.accepts("linear", &token).await);
    assert_eq!(member.get("/connections").await.with(200), json!({"connections": [], "next_cursor": Value::Null}));
}
