//! Hooks of repositories and failed deliveries, against a server that remembers what it was asked.

use crate::fixtures::vendor;
use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rsa::{KeyPair, KeySize},
};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, header};
use kernel::{Parameters, Secret};
use providers::{
    AppSettings, Call, CallError, Configured, Missed, Order, Registered, Registrar, Renewal, Settings, Standing,
    VENDORS, Watch,
};
use serde_json::{Value, json};
use std::sync::{Arc, LazyLock, Mutex};
use url::Url;

const TARGET: &str = "octo/garden";
const CALLBACK: &str = "https://connectors.example/webhooks/github/hook-1";

/// The app's key, made once.
static KEY: LazyLock<String> = LazyLock::new(|| {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der.as_ref()))
});

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_323_045, 0).unwrap()
}

/// What the server has, and what it was asked.
#[derive(Default)]
struct Part {
    scopes: &'static str,
    /// Pages of `/user/repos`.
    repositories: Vec<Value>,
    hooks: Vec<Value>,
    /// Pages of the app's deliveries, and of the hook's.
    deliveries: Vec<Value>,
    asked: Vec<String>,
    bodies: Vec<Value>,
    /// What it answers to everything, where it has a bad day.
    refuses: Option<(u16, &'static str)>,
}

#[derive(Clone)]
struct Server {
    part: Arc<Mutex<Part>>,
    base: Url,
}

impl Server {
    async fn with(part: Part) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
        let server = Self { part: Arc::new(Mutex::new(part)), base };
        let router = Router::new().fallback(answer).with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        server
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.part.lock().unwrap().asked)
    }

    fn bodies(&self) -> Vec<Value> {
        std::mem::take(&mut self.part.lock().unwrap().bodies)
    }

    fn configured(&self, app: bool) -> Configured {
        let app = app.then(|| AppSettings { name: "a".into(), id: "4711".into(), private_key: KEY.clone().into() });
        let settings = Settings {
            client_id: "id".to_owned(),
            client_secret: "secret".into(),
            former_client_secrets: Vec::new(),
            redirect_uri: "https://localhost/cb".parse().unwrap(),
            webhook_secrets: Vec::new(),
            base_url: Some(self.base.clone()),
            scopes: None,
            app,
            push: None,
        };
        let github = VENDORS.iter().find(|vendor| vendor.slug == "github").unwrap();
        Configured::new(Arc::clone(github), Arc::new(settings), &Parameters::default()).unwrap()
    }

    /// A page of a list, with the link to the next.
    fn page(&self, pages: &[Value], uri: &Uri) -> Response {
        let at: usize = uri.query().unwrap_or_default().split("page=").last().unwrap().parse().unwrap_or_default();
        let at = if uri.query().unwrap_or_default().contains("&page=") { at } else { 0 };
        let body = pages.get(at).cloned().unwrap_or_else(|| json!([])).to_string();
        let next = format!("<{}{}?per_page=100&page={}>; rel=\"next\"", self.base, &uri.path()[1..], at + 1);
        let more = at + 1 < pages.len();
        let headers: HeaderMap = more.then(|| (header::LINK, next.parse().unwrap())).into_iter().collect();
        (headers, body).into_response()
    }
}

async fn answer(State(server): State<Server>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let mut part = server.part.lock().unwrap();
    let path = uri.path().trim_start_matches("/api/v3").to_owned();
    part.asked.push(format!("{method} {path}"));
    if let Ok(body) = serde_json::from_slice(&body) {
        part.bodies.push(body);
    }
    assert!(headers[header::AUTHORIZATION].to_str().unwrap().starts_with("Bearer "));
    if let Some((status, body)) = part.refuses {
        return (StatusCode::from_u16(status).unwrap(), body).into_response();
    }
    let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    match (method.as_str(), segments.as_slice()) {
        ("GET", ["user"]) => {
            ([("x-oauth-scopes", part.scopes)], json!({"id": 9, "login": "ann"}).to_string()).into_response()
        }
        ("GET", ["user", "repos"]) => server.page(&part.repositories, &uri),
        ("GET", ["repos", "octo", "garden", "hooks"]) => server.page(&[Value::Array(part.hooks.clone())], &uri),
        ("POST", ["repos", "octo", "garden", "hooks"]) => {
            let mut hook = part.bodies.last().unwrap().clone();
            hook["id"] = json!(part.hooks.len() + 1);
            hook["config"]["secret"] = json!("********");
            part.hooks.push(hook.clone());
            (StatusCode::CREATED, hook.to_string()).into_response()
        }
        (_, ["repos", "octo", "garden", "hooks", id]) => {
            let found = part.hooks.iter().position(|hook| hook["id"].as_u64() == id.parse().ok());
            match (found, method.as_str()) {
                (None, _) => StatusCode::NOT_FOUND.into_response(),
                (Some(at), "DELETE") => {
                    part.hooks.remove(at);
                    StatusCode::NO_CONTENT.into_response()
                }
                (Some(at), _) => part.hooks[at].to_string().into_response(),
            }
        }
        ("GET", ["app", "hook", "deliveries"] | ["repos", _, _, "hooks", _, "deliveries"]) => {
            server.page(&part.deliveries, &uri)
        }
        ("POST", [.., "deliveries", "13", "attempts"]) => StatusCode::NOT_FOUND.into_response(),
        ("POST", [.., "deliveries", _, "attempts"]) => (StatusCode::ACCEPTED, "{}").into_response(),
        _ => panic!("{method} {path} is asked of nobody"),
    }
}

fn registrar() -> &'static dyn Registrar {
    vendor("github").vendor.webhooks().unwrap().registrar().unwrap()
}

fn missed() -> &'static dyn Missed {
    registrar().missed().unwrap()
}

fn hook(id: &str) -> Registered {
    Registered { external_id: id.to_owned(), resource: None, expires_at: None }
}

async fn wanted(server: &Server, token: &str) -> Result<Vec<String>, CallError> {
    let (configured, client, token) = (server.configured(false), client(), Secret::from(token));
    let found = registrar().wanted(Call::new(&configured, &client, &token, now()), &[]).await?;
    Ok(found.into_iter().map(|Watch { target }| target).collect())
}

fn client() -> outbound::Client {
    outbound::Client::new("connectors/test").unwrap()
}

fn repository(name: &str, admin: bool) -> Value {
    json!({"full_name": name, "archived": false, "permissions": {"admin": admin, "push": true}})
}

/// Where the person is an administrator, over all pages, and nowhere else; never more than a hundred.
#[tokio::test]
async fn hooks_are_wanted_where_the_person_is_admin() {
    let mut archived = repository("octo/old", true);
    archived["archived"] = json!(true);
    let first = json!([repository("octo/garden", true), repository("octo/meadow", false), archived]);
    let second = json!([repository("ann/notes", true), repository("../evil", true), {"id": 1}]);
    let part = Part { scopes: "repo, read:org", repositories: vec![first, second], ..Part::default() };
    let server = Server::with(part).await;
    assert_eq!(wanted(&server, "gho_1").await.unwrap(), ["octo/garden", "ann/notes"]);
    assert_eq!(server.asked(), ["GET /user", "GET /user/repos", "GET /user/repos"]);
    let many: Vec<Value> = (0..100).map(|at| repository(&format!("ann/r{at}"), at % 2 == 0)).collect();
    server.part.lock().unwrap().repositories = vec![Value::Array(many); 30];
    assert_eq!(wanted(&server, "gho_1").await.unwrap().len(), 100);
    assert_eq!(server.asked().len(), 3, "the page after the hundredth repository is not asked for");
    let none: Vec<Value> = (0..100).map(|at| repository(&format!("ann/r{at}"), false)).collect();
    server.part.lock().unwrap().repositories = vec![Value::Array(none); 30];
    assert!(wanted(&server, "gho_1").await.unwrap().is_empty());
    assert_eq!(server.asked().len(), 11, "a list without an end is not followed for ever");
}

/// An installation has the app's hook, and so has a person who came through the app; a grant without the scope cannot have any.
#[tokio::test]
async fn hooks_are_not_wanted_where_they_cannot_be() {
    for (scopes, token, asked) in [
        ("repo", "ghs_1", vec![]),
        ("", "ghu_1", vec!["GET /user"]),
        ("read:org, public_repo, write:repo_hook", "gho_1", vec!["GET /user"]),
    ] {
        let repositories = vec![json!([repository("octo/garden", true)])];
        let server = Server::with(Part { scopes, repositories, ..Part::default() }).await;
        assert!(wanted(&server, token).await.unwrap().is_empty(), "{token}");
        assert_eq!(server.asked(), asked, "{token}");
    }
}

/// A hook is made once, with JSON and our secret; asked again, it is found by its address; it can be looked at and removed,
/// twice.
#[tokio::test]
async fn a_hook_lives_from_its_registration_to_its_removal() {
    let other = json!({"id": 1, "active": true, "config": {"url": "https://elsewhere.example/"}});
    let server = Server::with(Part { hooks: vec![other], ..Part::default() }).await;
    let (configured, client, token) = (server.configured(false), client(), Secret::from("gho_1"));
    let call = Call::new(&configured, &client, &token, now());
    let (callback, secret) = (Url::parse(CALLBACK).unwrap(), Secret::from("the secret of this hook"));
    let order = Order { target: TARGET, callback: &callback, id: "1", secret: &secret };
    let made = registrar().register(call, order).await.unwrap();
    assert_eq!(made, hook("2"));
    let body = server.bodies().remove(0);
    assert_eq!((&body["name"], &body["active"]), (&json!("web"), &json!(true)));
    assert_eq!(
        body["config"],
        json!({"content_type": "json", "url": CALLBACK, "secret": "the secret of this hook", "insecure_ssl": "0"})
    );
    assert!(body["events"].as_array().unwrap().contains(&json!("pull_request_review_comment")));
    server.asked();
    assert_eq!(registrar().register(call, order).await.unwrap(), made);
    assert_eq!(server.asked(), ["GET /repos/octo/garden/hooks"]);
    assert_eq!(registrar().look(call, TARGET, &made).await.unwrap(), Standing::Good { expires_at: None });
    assert_eq!(registrar().renew(call, &made).await.unwrap(), Renewal::Extended { expires_at: None });
    registrar().remove(call, TARGET, &made).await.unwrap();
    registrar().remove(call, TARGET, &made).await.unwrap();
    assert_eq!(registrar().look(call, TARGET, &made).await.unwrap(), Standing::Missing);
    assert_eq!(server.part.lock().unwrap().hooks.len(), 1, "the hook of somebody else stays");
}

/// One that somebody has switched off is missing, and another takes its place.
#[tokio::test]
async fn a_hook_that_is_switched_off_is_replaced() {
    let off = json!({"id": 1, "active": false, "config": {"url": CALLBACK}});
    let server = Server::with(Part { hooks: vec![off], ..Part::default() }).await;
    let (configured, client, token) = (server.configured(false), client(), Secret::from("gho_1"));
    let call = Call::new(&configured, &client, &token, now());
    assert_eq!(registrar().look(call, TARGET, &hook("1")).await.unwrap(), Standing::Missing);
    let (callback, secret) = (Url::parse(CALLBACK).unwrap(), Secret::from("s"));
    let order = Order { target: TARGET, callback: &callback, id: "1", secret: &secret };
    registrar().register(call, order).await.unwrap();
    let hooks = server.part.lock().unwrap().hooks.clone();
    assert_eq!((hooks.len(), &hooks[0]["active"]), (1, &json!(true)));
}

/// Ids and names that lead elsewhere are asked of nobody, and a refusal is told as what it is.
#[tokio::test]
async fn a_refusal_is_told_apart() {
    let server = Server::with(Part::default()).await;
    let (configured, client, token) = (server.configured(false), client(), Secret::from("gho_1"));
    let call = Call::new(&configured, &client, &token, now());
    for (target, id) in [("octo/..", "1"), ("octo", "1"), (TARGET, ".."), (TARGET, "1/pings"), (TARGET, "")] {
        assert!(matches!(registrar().look(call, target, &hook(id)).await, Err(CallError::NotFound)), "{target} {id}");
        assert!(matches!(registrar().remove(call, target, &hook(id)).await, Err(CallError::NotFound)), "{target} {id}");
        let redelivered = missed().redeliver_of(call, target, &hook(id), now()).await;
        assert!(matches!(redelivered, Err(CallError::NotFound)), "{target} {id}");
    }
    assert!(server.asked().is_empty());
    for (answer, expected) in [
        ((401, "{}"), "the vendor does not accept the token"),
        ((403, r#"{"message": "Must have admin rights"}"#), "the vendor refuses the request"),
        ((403, r#"{"message": "You have exceeded a secondary rate limit"}"#), "the vendor asks for a pause"),
        ((429, "{}"), "the vendor asks for a pause"),
        ((502, "<html>"), "the vendor cannot be reached or is failing"),
        ((200, "<html>"), "the vendor's answer cannot be read"),
    ] {
        server.part.lock().unwrap().refuses = Some(answer);
        let (looked, removed) =
            (registrar().look(call, TARGET, &hook("1")).await, registrar().remove(call, TARGET, &hook("1")).await);
        assert_eq!(looked.unwrap_err().to_string(), expected);
        assert_eq!(removed.unwrap_err().to_string(), expected);
        let wanted = registrar().wanted(call, &[]).await.unwrap_err().to_string();
        assert_eq!(wanted, expected);
        assert_eq!(missed().redeliver_of(call, TARGET, &hook("1"), now()).await.unwrap_err().to_string(), expected);
    }
}

fn attempt(id: u64, guid: &str, hours_ago: i64, status: &str) -> Value {
    let at = now() - TimeDelta::hours(hours_ago);
    json!({"id": id, "guid": guid, "delivered_at": at.to_rfc3339(), "redelivery": false, "duration": 0.1,
        "status": status, "status_code": 500, "event": "issues", "action": "opened", "installation_id": 123,
        "repository_id": null, "throttled_at": null})
}

/// Two pages: what failed and has not arrived since is asked for again, once each, the oldest first; what is older than asked
/// for, has arrived at the second attempt, or has failed too often, is not. One that GitHub has forgotten counts for nothing.
fn deliveries() -> Vec<Value> {
    let mut often: Vec<Value> = (0..10).map(|at| attempt(200 + at, "often", 3, "Internal Server Error")).collect();
    let mut first = vec![
        attempt(20, "again", 1, "OK"),
        attempt(19, "twice", 1, "timed out"),
        attempt(18, "fine", 2, "OK"),
        attempt(17, "again", 2, "Internal Server Error"),
    ];
    first.append(&mut often);
    let second = vec![
        attempt(16, "twice", 4, "failed to connect"),
        attempt(15, "once", 5, "Service Unavailable"),
        attempt(13, "forgotten", 6, "Service Unavailable"),
        attempt(12, "old", 50, "Service Unavailable"),
    ];
    vec![Value::Array(first), Value::Array(second), json!([attempt(1, "older", 70, "Service Unavailable")])]
}

#[tokio::test]
async fn what_the_app_missed_is_asked_for_again() {
    let server = Server::with(Part { deliveries: deliveries(), ..Part::default() }).await;
    let since = now() - TimeDelta::hours(48);
    let count = missed().redeliver(&server.configured(true), &client(), since, now()).await.unwrap();
    assert_eq!(count, 2);
    let list = "GET /app/hook/deliveries";
    let attempts = [13, 15, 19].map(|id| format!("POST /app/hook/deliveries/{id}/attempts"));
    assert_eq!(server.asked(), [&[list.to_owned(), list.to_owned()][..], &attempts].concat());
    // Without an app there is no hook of it.
    assert_eq!(missed().redeliver(&server.configured(false), &client(), since, now()).await.unwrap(), 0);
    assert!(server.asked().is_empty());
    // A JWT that is not accepted is our key's fault.
    server.part.lock().unwrap().refuses = Some((401, "{}"));
    let refused = missed().redeliver(&server.configured(true), &client(), since, now()).await;
    assert!(matches!(refused, Err(CallError::Misconfigured)));
}

#[tokio::test]
async fn what_a_repositorys_hook_missed_is_asked_for_again() {
    let server = Server::with(Part { deliveries: deliveries(), ..Part::default() }).await;
    let (configured, client, token) = (server.configured(false), client(), Secret::from("gho_1"));
    let call = Call::new(&configured, &client, &token, now());
    let since = now() - TimeDelta::hours(48);
    assert_eq!(missed().redeliver_of(call, TARGET, &hook("7"), since).await.unwrap(), 2);
    assert_eq!(server.asked()[2], "POST /repos/octo/garden/hooks/7/deliveries/13/attempts");
    // A list that always names a next page is not followed for ever.
    let page = json!([attempt(1, "fine", 1, "OK")]);
    server.part.lock().unwrap().deliveries = vec![page; 500];
    server.asked();
    assert_eq!(missed().redeliver_of(call, TARGET, &hook("7"), since).await.unwrap(), 0);
    assert_eq!(server.asked().len(), 50);
    let many: Vec<Value> = (0..100).map(|at| attempt(at + 1000, &format!("g{at}"), 1, "timed out")).collect();
    let again: Vec<Value> = (100..200).map(|at| attempt(at + 1000, &format!("g{at}"), 1, "timed out")).collect();
    let rest: Vec<Value> = (200..300).map(|at| attempt(at + 1000, &format!("g{at}"), 1, "timed out")).collect();
    server.part.lock().unwrap().deliveries = vec![many.into(), again.into(), rest.into()];
    assert_eq!(missed().redeliver_of(call, TARGET, &hook("7"), since).await.unwrap(), 200);
}
