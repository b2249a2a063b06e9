use super::start;
use crate::{
    clients::{REDIRECT, Server, hidden, refusal, returned},
    service::{FRONTEND, ISSUER, Service},
};
use reqwest::Method;
use serde_json::json;

async fn bob(service: &Service) -> String {
    let form = json!({"name": "Bob", "email": "bob@example.com", "password": "correct horse battery"});
    service.post("/api/auth/sign-up/email", "", &form).await.jar()
}

async fn nothing_was_allowed(service: &Service) {
    for table in ["oauth_codes", "oauth_consents", "audit_log"] {
        assert_eq!(service.count(table).await, 0, "{table}");
    }
}

/// Yes brings a code, with state and issuer, and is written down; no brings the refusal, and nothing is remembered.
#[tokio::test]
async fn a_person_decides() {
    let (service, server) = start().await;
    let (ada, client) = (service.ada().await.jar(), server.public(REDIRECT).await);
    for decision in ["deny", "", "maybe"] {
        let denied = server.decide(&ada, &client.asking(&[]), decision).await;
        let told = returned(&denied, REDIRECT);
        assert_eq!((denied.status.as_u16(), &told["error"]), (303, &json!("access_denied")), "{decision}");
        assert_eq!((&told["state"], &told["iss"]), (&json!("st & 1"), &json!(ISSUER)));
    }
    nothing_was_allowed(&service).await;
    let allowed = server.decide(&ada, &client.asking(&[]), "allow").await;
    let told = returned(&allowed, REDIRECT);
    let code = told["code"].as_str().unwrap();
    assert_eq!(told, json!({"code": code, "state": "st & 1", "iss": ISSUER}));
    assert_eq!((allowed.status.as_u16(), allowed.header("referrer-policy")), (303, Some("no-referrer")));
    assert!(!service.database.dump("oauth_codes").await.contains(code));
    let audit = service.database.dump("audit_log").await;
    assert!(audit.contains("client.allow") && audit.contains(&client.id), "{audit}");
}

/// Without the seal of this session's page for this very request there is no code, and neither from another site's page.
#[tokio::test]
async fn a_form_from_elsewhere_is_refused() {
    let (service, server) = start().await;
    let (ada, bob) = (service.ada().await.jar(), bob(&service).await);
    let (client, other) = (server.public(REDIRECT).await, server.public("https://other.example/cb").await);
    let form = async |cookie: &str, path: &str| {
        let page = server.open(cookie, path).await.text;
        (hidden(&page, "request"), hidden(&page, "seal"))
    };
    let (request, seal) = form(&ada, &client.asking(&[])).await;
    let (other_request, other_seal) = form(&ada, &other.asking(&[])).await;
    let (_, offline_seal) = form(&ada, &client.asking(&[("scope", "mcp:tools offline_access")])).await;
    let (_, bobs_seal) = form(&bob, &client.asking(&[])).await;
    let again = service.sign_in(&json!({})).await.jar();
    for (about, cookie, request, seal) in [
        ("no seal", &ada, &request, &String::new()),
        ("a made-up seal", &ada, &request, &"0".repeat(64)),
        ("another client's", &ada, &request, &other_seal),
        ("another client", &ada, &other_request, &seal),
        ("another scope", &ada, &request, &offline_seal),
        ("another person's", &ada, &request, &bobs_seal),
        ("another session of hers", &again, &request, &seal),
        ("nobody", &String::new(), &request, &seal),
    ] {
        let pairs = [("request", request.as_str()), ("seal", seal), ("decision", "allow")];
        let answer = server.submit(cookie, "/oauth2/consent", &pairs).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (403, None), "{about}");
    }
    let body = crate::clients::encoded(&[("request", &request), ("seal", &seal), ("decision", "allow")], &[]);
    for origin in ["https://evil.example", "null", "http://localhost:5002"] {
        let headers =
            [("cookie", ada.as_str()), ("origin", origin), ("content-type", "application/x-www-form-urlencoded")];
        let answer = server.send(Method::POST, "/oauth2/consent", &headers, body.as_str()).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (403, None), "{origin}");
    }
    nothing_was_allowed(&service).await;
    // A page that tells nobody where it was sends `null`, and the browser vouches for it.
    let headers = [
        ("cookie", ada.as_str()),
        ("origin", "null"),
        ("sec-fetch-site", "same-origin"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    assert_eq!(server.send(Method::POST, "/oauth2/consent", &headers, body.as_str()).await.status, 303);
}

/// A session that was ended while its person read does nothing any more.
#[tokio::test]
async fn a_session_that_has_ended_decides_nothing() {
    let (service, server) = start().await;
    let (ada, client) = (service.ada().await.jar(), server.public(REDIRECT).await);
    let page = server.open(&ada, &client.asking(&[])).await.text;
    let elsewhere = service.sign_in(&json!({})).await.jar();
    assert_eq!(service.post("/api/auth/revoke-other-sessions", &elsewhere, &json!({})).await.status, 200);
    let (request, seal) = (hidden(&page, "request"), hidden(&page, "seal"));
    let pairs = [("request", request.as_str()), ("seal", &seal), ("decision", "allow")];
    assert_eq!(server.submit(&ada, "/oauth2/consent", &pairs).await.status, 403);
    nothing_was_allowed(&service).await;
}

/// A request that was changed after the page was made is checked again: here the client is gone.
#[tokio::test]
async fn a_request_is_checked_again_when_it_is_decided() {
    let (service, server) = start().await;
    let (ada, client) = (service.ada().await.jar(), server.public(REDIRECT).await);
    let page = server.open(&ada, &client.asking(&[])).await.text;
    service.database.execute("delete from oauth_clients").await;
    let (request, seal) = (hidden(&page, "request"), hidden(&page, "seal"));
    let pairs = [("request", request.as_str()), ("seal", &seal), ("decision", "allow")];
    let answer = server.submit(&ada, "/oauth2/consent", &pairs).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (400, None));
    nothing_was_allowed(&service).await;
}

/// How a request ends: with a question, a code, or an error.
async fn outcome(server: &Server, cookie: &str, path: &str) -> String {
    let answer = server.open(cookie, path).await;
    if answer.status == 200 {
        return if answer.text.contains("name=\"seal\"") { "asked" } else { "sign in" }.to_owned();
    }
    let told = returned(&answer, answer.header("location").unwrap());
    told["error"].as_str().map_or_else(|| "code".to_owned(), str::to_owned)
}

/// What was agreed to is not asked again: for this person, this client, this resource, and no more than that.
#[tokio::test]
async fn a_consent_is_remembered_for_what_it_is() {
    let (service, server) = start().await;
    let (ada, bob) = (service.ada().await.jar(), bob(&service).await);
    let (client, other) = (server.public(REDIRECT).await, server.public(REDIRECT).await);
    assert_eq!(outcome(&server, &ada, &client.asking(&[("prompt", "none")])).await, "consent_required");
    server.decide(&ada, &client.asking(&[]), "allow").await;
    for (about, cookie, path, expected) in [
        ("the same", &ada, client.asking(&[]), "code"),
        ("the same without a word", &ada, client.asking(&[("prompt", "none")]), "code"),
        ("asked for", &ada, client.asking(&[("prompt", "consent")]), "asked"),
        ("more", &ada, client.asking(&[("scope", "mcp:tools offline_access")]), "asked"),
        (
            "more without a word",
            &ada,
            client.asking(&[("scope", "offline_access"), ("prompt", "none")]),
            "consent_required",
        ),
        ("another client", &ada, other.asking(&[]), "asked"),
        ("another person", &bob, client.asking(&[]), "asked"),
        ("nobody", &String::new(), client.asking(&[]), "sign in"),
        ("nobody without a word", &String::new(), client.asking(&[("prompt", "none")]), "login_required"),
        ("to sign in again", &ada, client.asking(&[("prompt", "login")]), "sign in"),
    ] {
        assert_eq!(outcome(&server, cookie, &path).await, expected, "{about}");
    }
    server.decide(&ada, &client.asking(&[("scope", "offline_access")]), "allow").await;
    let both = client.asking(&[("scope", "mcp:tools offline_access")]);
    assert_eq!(outcome(&server, &ada, &both).await, "code", "what was agreed to at two times adds up");
    assert_eq!(service.count("oauth_consents").await, 1);
}

/// On a person's own machine any program can ask under any name, so there they are asked each time.
#[tokio::test]
async fn on_ones_own_machine_one_is_always_asked() {
    let (service, server) = start().await;
    let ada = service.ada().await.jar();
    for uri in ["http://127.0.0.1:1/cb", "com.example.app:/cb"] {
        let client = server.public(uri).await;
        server.decide(&ada, &client.asking(&[]), "allow").await;
        assert_eq!(outcome(&server, &ada, &client.asking(&[])).await, "asked", "{uri}");
        assert_eq!(outcome(&server, &ada, &client.asking(&[("prompt", "none")])).await, "consent_required", "{uri}");
    }
}

/// The same holds for a form that is no form.
#[tokio::test]
async fn a_form_has_to_be_one() {
    let (service, server) = start().await;
    let ada = service.ada().await.jar();
    let headers = [("cookie", ada.as_str()), ("origin", FRONTEND), ("content-type", "text/plain")];
    assert_eq!(server.send(Method::POST, "/oauth2/consent", &headers, "decision=allow").await.status, 415);
    let answer = server.submit(&ada, "/oauth2/consent", &[("decision", "allow")]).await;
    assert_eq!((answer.status.as_u16(), refusal(&answer).1), (400, "?".to_owned()));
}
