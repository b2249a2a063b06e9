use crate::{
    clients::{REDIRECT, RESOURCE, Server},
    service::{Service, problem},
};

/// A person takes along what is kept of them: who they are, the ways they sign in, where, and whom they let act for them. Nothing of
/// it opens anything, and nothing of it is somebody else's.
#[tokio::test]
async fn a_person_takes_their_account_along() {
    let service = Service::with(&[("OAUTH_RESOURCES", RESOURCE)]).await;
    let server = Server::new(&service.url, "http://localhost:5001");
    let ada = service.ada().await.jar();
    let client = server.public(REDIRECT).await;
    server.decide(&ada, &client.asking(&[]), "allow").await;
    let answer = service.get("/api/auth/export-user", &[("cookie", &ada)]).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let export = answer.json();
    let count = |part: &str| export[part].as_array().unwrap().len();
    assert_eq!((count("accounts"), count("sessions"), count("consents")), (1, 1, 1));
    let me = service.get("/api/auth/get-session", &[("cookie", &ada)]).await.json();
    assert_eq!(export["user"], me["user"]);
    assert_eq!(export["accounts"][0]["providerId"], "credential");
    let token = me["session"]["token"].as_str().unwrap();
    assert!(!answer.text.contains(token) && !answer.text.contains("$argon2"), "{}", answer.text);
    let unauthorized = problem(401, "UNAUTHORIZED", "Unauthorized");
    assert_eq!(service.get("/api/auth/export-user", &[]).await.whole(), unauthorized);
}
