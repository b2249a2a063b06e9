use crate::{
    clients::{REDIRECT, RESOURCE, Server, refusal, refused, returned, text},
    service::{Service, problem},
};
use serde_json::{Value, json};

async fn start() -> (Service, Server) {
    let service = Service::with(&[("OAUTH_RESOURCES", RESOURCE)]).await;
    let server = Server::new(&service.url, "http://localhost:5001");
    (service, server)
}

async fn list(service: &Service, cookie: &str) -> Vec<Value> {
    let answer = service.get("/api/auth/list-consents", &[("cookie", cookie)]).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json().as_array().unwrap().clone()
}

/// A person sees whom they let act for them, and where, and nobody else's.
#[tokio::test]
async fn a_person_sees_what_they_allow() {
    let (service, server) = start().await;
    let ada = service.ada().await.jar();
    let form = json!({"name": "Bob", "email": "bob@example.com", "password": "correct horse battery"});
    let bob = service.post("/api/auth/sign-up/email", "", &form).await.jar();
    let client = server.public(REDIRECT).await;
    assert_eq!(list(&service, &ada).await, [Value::Null; 0]);
    server.decide(&ada, &client.asking(&[]), "allow").await;
    let listed = list(&service, &ada).await;
    let mut expected = json!({"id": listed[0]["id"], "clientId": client.id, "clientName": "Some client",
        "redirectUris": [REDIRECT], "resource": RESOURCE, "scopes": ["mcp:tools"],
        "createdAt": listed[0]["createdAt"], "updatedAt": listed[0]["createdAt"], "refreshedAt": null});
    assert_eq!(listed, [expected.clone()]);
    server.tokens(&ada, &client).await;
    let listed = list(&service, &ada).await;
    assert!(listed[0]["refreshedAt"].is_string(), "it can refresh now");
    expected["refreshedAt"] = listed[0]["refreshedAt"].clone();
    expected["updatedAt"] = listed[0]["updatedAt"].clone();
    assert_eq!(listed, [expected]);
    assert_eq!(list(&service, &bob).await, [Value::Null; 0]);
    let unauthorized = problem(401, "UNAUTHORIZED", "Unauthorized");
    assert_eq!(service.get("/api/auth/list-consents", &[]).await.whole(), unauthorized);
    assert_eq!(service.post("/api/auth/revoke-consent", "", &json!({"id": "x"})).await.whole(), unauthorized);
}

/// Taken back, the consent's codes and refresh tokens are dead and the client has to ask again; somebody else's stays.
#[tokio::test]
async fn a_consent_is_taken_back() {
    let (service, server) = start().await;
    let ada = service.ada().await.jar();
    let form = json!({"name": "Bob", "email": "bob@example.com", "password": "correct horse battery"});
    let bob = service.post("/api/auth/sign-up/email", "", &form).await.jar();
    let client = server.public(REDIRECT).await;
    let tokens = server.tokens(&ada, &client).await;
    let bobs = server.tokens(&bob, &client).await;
    let pending = server.code(&ada, &client, &[]).await;
    let id = list(&service, &ada).await[0]["id"].clone();
    let revoke = async |cookie: &str, id: &Value| {
        service.post("/api/auth/revoke-consent", cookie, &json!({"id": id})).await.whole()
    };
    let done = (200, json!({"status": true}));
    assert_eq!(revoke(&bob, &id).await, done, "somebody else's, without a word");
    assert_eq!(list(&service, &ada).await.len(), 1);
    assert_eq!(revoke(&ada, &json!("nonsense")).await, done);
    assert_eq!(revoke(&ada, &id).await, done);
    assert_eq!(revoke(&ada, &id).await, done);
    assert_eq!(list(&service, &ada).await, [Value::Null; 0]);
    let dead = refused(400, "invalid_grant");
    assert_eq!(refusal(&server.refresh(&client, text(&tokens, "refresh_token"), &[]).await), dead);
    assert_eq!(refusal(&server.redeem(&client, &pending, &[]).await), dead);
    let silent = server.open(&ada, &client.asking(&[("prompt", "none")])).await;
    assert_eq!(returned(&silent, REDIRECT)["error"], "consent_required");
    assert_eq!(server.refresh(&client, text(&bobs, "refresh_token"), &[]).await.status, 200);
    assert!(service.database.dump("audit_log").await.contains("client.withdraw"));
}
