use super::{start, with};
use crate::clients::{Client, Server, origin, refusal, refused, returned, text};
use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use chrono::TimeDelta;
use serde_json::{Value, json};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

/// The settings under which a host of this machine may describe clients.
const HERE: (&str, &str) = ("OAUTH_CLIENTS_ALLOW_PRIVATE_HOSTS", "127.0.0.1");

const DESCRIBED: &str = "https://described.example/cb";

/// A site that serves a client's description of itself.
#[derive(Clone)]
struct Site {
    id: String,
    answer: Arc<Mutex<(u16, String)>>,
    asked: Arc<AtomicUsize>,
}

impl Site {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let id = format!("http://{}/client.json", listener.local_addr().unwrap());
        let site = Self { id, answer: Arc::default(), asked: Arc::default() };
        let router = Router::new().route("/client.json", get(served)).with_state(site.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        site.says(&site.document());
        site
    }

    fn document(&self) -> Value {
        json!({"client_id": self.id, "client_name": "Described", "token_endpoint_auth_method": "none",
            "redirect_uris": [DESCRIBED, "http://127.0.0.1/cb"], "logo_uri": "http://127.0.0.1:1/logo",
            "grant_types": ["authorization_code", "refresh_token"]})
    }

    fn says(&self, document: &Value) {
        *self.answer.lock().unwrap() = (200, document.to_string());
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn client(&self) -> Client {
        Client { id: self.id.clone(), secret: None, redirect_uri: DESCRIBED.to_owned() }
    }
}

async fn served(State(site): State<Site>) -> Response {
    site.asked.fetch_add(1, Ordering::SeqCst);
    let (status, body) = site.answer.lock().unwrap().clone();
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::LOCATION, "/client.json")];
    (StatusCode::from_u16(status).unwrap(), headers, body).into_response()
}

async fn refused_page(server: &Server, cookie: &str, client: &Client) -> String {
    let page = server.open(cookie, &client.asking(&[])).await;
    assert_eq!((page.status.as_u16(), page.header("location")), (400, None), "{}", page.text);
    page.text
}

/// A client that nobody has registered asks, is described on the page by its URL, and gets and refreshes tokens.
#[tokio::test]
async fn a_described_client_needs_no_registration() {
    let (service, server) = with(&[HERE]).await;
    let (ada, site) = (service.ada().await.jar(), Site::start().await);
    let client = site.client();
    let page = server.open(&ada, &client.asking(&[])).await.text;
    assert!(page.contains("Allow Described?") && page.contains(&format!("<code>{}</code>", site.id)), "{page}");
    let tokens = server.tokens(&ada, &client).await;
    assert_eq!(server.refresh(&client, text(&tokens, "refresh_token"), &[]).await.status, 200);
    assert_eq!(site.asked(), 1, "what was read is believed for a while");
    // On the person's own machine, any port; and its own document does not list a place, so it is not answered there.
    let here = [("redirect_uri", "http://127.0.0.1:33418/cb")];
    assert!(server.open(&ada, &client.asking(&here)).await.text.contains("127.0.0.1:33418"));
    let elsewhere = Client { redirect_uri: "https://evil.example/cb".to_owned(), ..client.clone() };
    refused_page(&server, &ada, &elsewhere).await;
    let pretending = Client { secret: Some("x".to_owned()), ..client };
    let code = refusal(&server.redeem(&pretending, "x", &[]).await);
    assert_eq!(code, refused(400, "invalid_client"));
}

/// After a quarter of an hour the document is read again, and what it says then holds.
#[tokio::test]
async fn a_document_is_read_again() {
    let (service, server) = with(&[HERE]).await;
    let (ada, site) = (service.ada().await.jar(), Site::start().await);
    let client = site.client();
    server.decide(&ada, &client.asking(&[]), "allow").await;
    let mut changed = site.document();
    changed["client_name"] = json!("Renamed");
    changed["redirect_uris"] = json!(["https://described.example/new"]);
    site.says(&changed);
    service.clock.advance(TimeDelta::minutes(14));
    assert!(returned(&server.open(&ada, &client.asking(&[])).await, &client.redirect_uri)["code"].is_string());
    service.clock.advance(TimeDelta::minutes(2));
    refused_page(&server, &ada, &client).await;
    let moved = Client { redirect_uri: "https://described.example/new".to_owned(), ..client };
    let page = server.open(&ada, &moved.asking(&[("prompt", "consent")])).await.text;
    assert!(page.contains("Allow Renamed?"), "{page}");
    assert_eq!((site.asked(), service.count("oauth_clients").await), (2, 1));
    *site.answer.lock().unwrap() = (500, String::new());
    service.clock.advance(TimeDelta::minutes(16));
    refused_page(&server, &ada, &moved).await;
}

/// A document that is not exactly its client's makes no client.
#[tokio::test]
async fn a_document_that_does_not_do_makes_no_client() {
    let (service, server) = with(&[HERE]).await;
    let (ada, site) = (service.ada().await.jar(), Site::start().await);
    let with = |name: &str, value: Value| {
        let mut document = site.document();
        document[name] = value;
        (200, document.to_string())
    };
    for (answer, words) in [
        (with("client_id", json!("https://other.example/client.json")), "the document is about another client"),
        (with("client_id", json!(format!("{}/", site.id))), "the document is about another client"),
        (with("client_id", Value::Null), "the document is about another client"),
        (with("redirect_uris", json!([])), "redirect_uris is a list"),
        (with("redirect_uris", json!(["http://described.example/cb"])), "a redirect URI is https"),
        (with("token_endpoint_auth_method", json!("client_secret_post")), "keeps no secret"),
        (with("token_endpoint_auth_method", json!("private_key_jwt")), "token_endpoint_auth_method is none"),
        ((200, "<html>".to_owned()), "the document is not JSON"),
        ((404, site.document().to_string()), "cannot be read"),
        ((302, site.document().to_string()), "cannot be read"),
        (with("padding", json!("x".repeat(70_000))), "cannot be read"),
    ] {
        *site.answer.lock().unwrap() = answer;
        let page = refused_page(&server, &ada, &site.client()).await;
        assert!(page.contains(words), "{words}: {page}");
    }
    assert_eq!(service.count("oauth_clients").await, 0);
}

/// Nothing private is asked unless the operator has named it.
#[tokio::test]
async fn private_hosts_are_not_asked() {
    let (service, server) = start().await;
    let (ada, site) = (service.ada().await.jar(), Site::start().await);
    refused_page(&server, &ada, &site.client()).await;
    let port = origin(&site.id).rsplit_once(':').unwrap().1.to_owned();
    for host in ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"] {
        let id = format!("https://{host}:{port}/client.json");
        refused_page(&server, &ada, &Client { id, ..site.client() }).await;
    }
    assert_eq!(site.asked(), 0);
}

/// One address has twenty documents fetched a minute; what is known already is answered beyond that.
#[tokio::test]
async fn documents_are_counted_by_address() {
    let (service, server) = with(&[HERE, ("AUTH_RATE_LIMIT", "on")]).await;
    let site = Site::start().await;
    let ask = async |id: String| server.open("", &Client { id, ..site.client() }.asking(&[])).await.status.as_u16();
    assert_eq!(ask(site.id.clone()).await, 200);
    for n in 0..19 {
        assert_eq!(ask(format!("{}?{n}", site.id)).await, 400, "the document names another URL");
    }
    assert_eq!(ask(format!("{}?more", site.id)).await, 429);
    assert_eq!((ask(site.id.clone()).await, site.asked()), (200, 20));
    assert_eq!(service.count("oauth_clients").await, 1);
}
