//! A protected server with an authorization server that is honest, and one that lies in every point.

use crate::mcp::support::BOUNDS;
use agent::mcp::{
    Challenge, McpError, McpServer, Session,
    oauth::{Access, AuthorizeError, Authorizer, Browser, Known, Reach},
};
use axum::{
    Json, Router,
    extract::{Query, State},
    http::{HeaderMap, StatusCode, header::AUTHORIZATION},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use chrono::TimeDelta;
use futures_util::future::BoxFuture;
use kernel::{Clock, Secret};
use outbound::{Client, HostPolicy};
use serde_json::{Map, Value, json};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use tokio::net::TcpListener;
use url::Url;

const REDIRECT: &str = "http://127.0.0.1:33418/callback";
type Fields = HashMap<String, String>;

/// What the two servers say, and what they were asked.
#[derive(Default)]
struct Both {
    url: String,
    /// Written over the metadata of the resource, of the authorization server, and over the query of the redirect.
    resource: Map<String, Value>,
    authority: Map<String, Value>,
    redirect: Map<String, Value>,
    /// What a call needs, beside `read`.
    needs: Vec<String>,
    /// No token is ever enough.
    insatiable: bool,
    /// No token is good.
    blind: bool,
    /// The tokens that are good, with their scopes; and the refresh tokens.
    tokens: HashMap<String, String>,
    refresh: HashMap<String, String>,
    consents: Vec<Fields>,
    redeemed: Vec<Fields>,
    registered: Vec<Value>,
}

type Shared = Arc<Mutex<Both>>;

fn with(mut document: Value, changes: &Map<String, Value>) -> Value {
    for (name, value) in changes {
        document[name] = value.clone();
    }
    document
}

async fn resource(State(both): State<Shared>) -> Json<Value> {
    let both = both.lock().unwrap();
    let told = json!({"resource": format!("{}/mcp", both.url), "authorization_servers": [both.url],
        "scopes_supported": ["read"]});
    Json(with(told, &both.resource))
}

async fn authority(State(both): State<Shared>) -> Json<Value> {
    let both = both.lock().unwrap();
    let at = |path: &str| format!("{}{path}", both.url);
    let told = json!({"issuer": both.url, "authorization_endpoint": at("/authorize"), "token_endpoint": at("/token"),
        "registration_endpoint": at("/register"), "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true, "scopes_supported": ["read", "write", "offline_access"]});
    Json(with(told, &both.authority))
}

async fn register(State(both): State<Shared>, Json(wish): Json<Value>) -> Response {
    both.lock().unwrap().registered.push(wish);
    (StatusCode::CREATED, Json(json!({"client_id": "c-1"}))).into_response()
}

async fn authorize(State(both): State<Shared>, Query(asked): Query<Fields>) -> Redirect {
    let mut both = both.lock().unwrap();
    let back = with(json!({"code": "c0de", "state": asked["state"], "iss": both.url}), &both.redirect);
    let mut url: Url = asked["redirect_uri"].parse().unwrap();
    let pairs = back.as_object().unwrap().iter().filter_map(|(name, value)| Some((name, value.as_str()?)));
    url.query_pairs_mut().extend_pairs(pairs);
    both.consents.push(asked);
    Redirect::to(url.as_str())
}

async fn token(State(both): State<Shared>, axum::Form(asked): axum::Form<Fields>) -> Response {
    let mut both = both.lock().unwrap();
    let scope = if asked["grant_type"] == "refresh_token" {
        // Rotated: each of them works once.
        both.refresh.remove(&asked["refresh_token"])
    } else {
        let consent = both.consents.last().unwrap();
        let digest = kernel::sha256(&asked["code_verifier"]);
        let challenge = base64_url(&digest);
        (asked["code"] == "c0de"
            && consent["code_challenge"] == challenge
            && consent["code_challenge_method"] == "S256")
            .then(|| consent["scope"].clone())
    };
    both.redeemed.push(asked);
    let Some(scope) = scope else {
        return (StatusCode::BAD_REQUEST, Json(json!({"error": "invalid_grant"}))).into_response();
    };
    let number = both.redeemed.len();
    let (access, refresh) = (format!("access-{number}"), format!("refresh-{number}"));
    both.tokens.insert(access.clone(), scope.clone());
    both.refresh.insert(refresh.clone(), scope.clone());
    let answer = json!({"access_token": access, "token_type": "Bearer", "expires_in": 900, "refresh_token": refresh,
        "scope": scope});
    Json(answer).into_response()
}

fn base64_url(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let bits = bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect::<Vec<_>>();
    let value = |six: &[u8]| (0..6).fold(0, |sum, at| sum * 2 + usize::from(six.get(at).copied().unwrap_or(0)));
    bits.chunks(6).map(|six| char::from(ALPHABET[value(six)])).collect()
}

async fn mcp(State(both): State<Shared>, headers: HeaderMap, Json(call): Json<Value>) -> Response {
    let both = both.lock().unwrap();
    let metadata = format!("{}/.well-known/oauth-protected-resource/mcp", both.url);
    let bearer = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let Some(scope) = bearer.and_then(|bearer| both.tokens.get(bearer)).filter(|_| !both.blind) else {
        let challenge = format!("Bearer resource_metadata=\"{metadata}\"");
        return (StatusCode::UNAUTHORIZED, [("www-authenticate", challenge)]).into_response();
    };
    let missing = both.needs.iter().find(|need| !scope.split(' ').any(|scope| scope == need.as_str()));
    let is_call = call["method"] == "tools/call";
    if let Some(missing) = missing.or(both.needs.first().filter(|_| both.insatiable)).filter(|_| is_call) {
        let challenge =
            format!("Bearer error=\"insufficient_scope\", scope=\"{missing}\", resource_metadata=\"{metadata}\"");
        return (StatusCode::FORBIDDEN, [("www-authenticate", challenge)]).into_response();
    }
    let result = match call["method"].as_str().unwrap() {
        "initialize" => json!({"protocolVersion": call["params"]["protocolVersion"], "capabilities": {"tools": {}},
            "serverInfo": {"name": "protected", "version": "1"}}),
        "tools/call" => json!({"content": [{"type": "text", "text": scope}]}),
        "tools/list" => json!({"tools": [{"name": "whoami", "inputSchema": {"type": "object"}}]}),
        _ => return StatusCode::ACCEPTED.into_response(),
    };
    Json(json!({"jsonrpc": "2.0", "id": call["id"], "result": result})).into_response()
}

/// The two servers, and us.
struct World {
    both: Shared,
    client: Client,
    clock: Clock,
    server: Url,
    redirect: Url,
    document: Option<Url>,
    known: Option<Known>,
}

impl World {
    async fn start() -> Self {
        let both = Shared::default();
        let router = Router::new()
            .route("/mcp", post(mcp))
            .route("/.well-known/oauth-protected-resource/mcp", get(resource))
            .route("/.well-known/oauth-authorization-server", get(authority))
            .route("/register", post(register))
            .route("/authorize", get(authorize))
            .route("/token", post(token))
            .with_state(Arc::clone(&both));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        both.lock().unwrap().url.clone_from(&url);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            both,
            client: Client::new("agent-tests").unwrap(),
            clock: Clock::system(),
            server: format!("{url}/mcp").parse().unwrap(),
            redirect: REDIRECT.parse().unwrap(),
            document: None,
            known: None,
        }
    }

    fn authorizer(&self) -> Authorizer<'_> {
        Authorizer {
            client: &self.client,
            server: &self.server,
            reach: Reach::OwnHost,
            known: self.known.clone(),
            document: self.document.as_ref(),
            redirect_uri: &self.redirect,
            name: "Tests",
            clock: &self.clock,
        }
    }

    async fn call(&self, bearer: Option<Secret>) -> Result<String, McpError> {
        let hosts = HostPolicy::allow([self.server.as_str()]).unwrap();
        let server = McpServer { client: &self.client, hosts, url: self.server.clone(), bearer, bounds: BOUNDS };
        let session = Session::open(&server).await?;
        let outcome = session.try_call("whoami", Map::new(), &|_| {}).await?;
        Ok(crate::mcp::support::text(&outcome).to_owned())
    }

    /// Calls until it works, as a caller would.
    async fn called(&self, access: &mut Access<'_>) -> Result<String, AuthorizeError> {
        loop {
            match self.call(access.bearer()).await {
                Ok(text) => return Ok(text),
                Err(refused) => access.obtain(refused).await?,
            }
        }
    }

    /// The same from nothing.
    async fn first_call(&self) -> Result<String, AuthorizeError> {
        self.called(&mut Access::new(self.authorizer(), &Pages(&self.authorizer()))).await
    }

    fn count(&self, of: impl Fn(&Both) -> usize) -> usize {
        of(&self.both.lock().unwrap())
    }
}

/// A person who agrees to everything.
struct Pages<'a>(&'a Authorizer<'a>);

impl Browser for Pages<'_> {
    fn visit<'a>(&'a self, url: &'a Url) -> BoxFuture<'a, Option<Secret>> {
        Box::pin(async move {
            let back = self.0.redirect_of(url).await.unwrap()?;
            Some(Secret::from(back.query()?))
        })
    }
}

/// From nothing but the address: found, registered, asked, let in; the token is for this resource alone.
#[tokio::test]
async fn a_protected_server_is_entered_from_its_address_alone() {
    let world = World::start().await;
    assert_eq!(world.first_call().await.unwrap(), "read offline_access");
    let both = world.both.lock().unwrap();
    assert_eq!(both.registered[0]["redirect_uris"], json!([REDIRECT]));
    for asked in [&both.consents[0], &both.redeemed[0]] {
        assert_eq!((asked["resource"].as_str(), asked["client_id"].as_str()), (world.server.as_str(), "c-1"));
    }
}

/// A token that has run out is renewed without the person, and the refresh token that came is the one that is used next.
#[tokio::test]
async fn rotated_refresh_tokens_are_followed() {
    let world = World::start().await;
    let (authorizer, other) = (world.authorizer(), world.authorizer());
    let browser = Pages(&other);
    let mut access = Access::new(authorizer, &browser);
    for _ in 0..5 {
        world.called(&mut access).await.unwrap();
        world.both.lock().unwrap().tokens.clear();
        world.clock.advance(TimeDelta::minutes(16));
    }
    assert_eq!((world.count(|both| both.consents.len()), world.count(|both| both.redeemed.len())), (1, 5));
    // A dead one is not the end: the person is asked again.
    world.both.lock().unwrap().refresh.clear();
    world.called(&mut access).await.unwrap();
    assert_eq!(world.count(|both| both.consents.len()), 2);
}

/// A server that takes no token at all, fresh or not, is given up after a few.
#[tokio::test]
async fn a_server_that_takes_no_token_is_given_up() {
    let world = World::start().await;
    world.both.lock().unwrap().blind = true;
    assert!(matches!(world.first_call().await, Err(AuthorizeError::TooManyAttempts)));
    assert_eq!((world.count(|both| both.consents.len()), world.count(|both| both.redeemed.len())), (3, 3));
}

/// More scopes are asked for beside those that were asked for before; and not for ever.
#[tokio::test]
async fn a_step_up_adds_scopes_and_ends() {
    let world = World::start().await;
    world.both.lock().unwrap().needs = vec!["write".to_owned()];
    assert_eq!(world.first_call().await.unwrap(), "read offline_access write");
    assert_eq!(world.count(|both| both.consents.len()), 2);
    world.both.lock().unwrap().insatiable = true;
    assert!(matches!(world.first_call().await, Err(AuthorizeError::TooManyAttempts)));
    assert_eq!(world.count(|both| both.consents.len()), 2 + 3);
}

/// Known by hand before known by document before registering; and nobody without any of these.
#[tokio::test]
async fn we_are_known_in_the_order_of_the_protocol() {
    let client_of = |world: &World| world.both.lock().unwrap().consents.last().unwrap()["client_id"].clone();
    let mut world = World::start().await;
    world.both.lock().unwrap().authority.insert("client_id_metadata_document_supported".to_owned(), json!(true));
    world.document = Some("https://connectors.example/client.json".parse().unwrap());
    world.first_call().await.unwrap();
    assert_eq!(client_of(&world), "https://connectors.example/client.json");
    world.known = Some(Known { client_id: "by-hand".to_owned(), client_secret: None });
    world.first_call().await.unwrap();
    assert_eq!(client_of(&world), "by-hand");
    assert_eq!(world.count(|both| both.registered.len()), 0);
    (world.known, world.document) = (None, None);
    world.both.lock().unwrap().authority.insert("registration_endpoint".to_owned(), Value::Null);
    assert!(matches!(world.first_call().await, Err(AuthorizeError::NoRegistration)));
}

/// Every lie ends before a code or a token is given away.
#[tokio::test]
async fn lies_are_refused() {
    let lie = async |change: &dyn Fn(&mut Both)| {
        let world = World::start().await;
        change(&mut world.both.lock().unwrap());
        let error = world.first_call().await.unwrap_err();
        assert_eq!(world.count(|both| both.redeemed.len()), 0, "{error:?}");
        error
    };
    let put = |map: &mut Map<String, Value>, name: &str, value: Value| drop(map.insert(name.to_owned(), value));
    let other = lie(&|both| put(&mut both.resource, "resource", json!("https://evil.example/mcp"))).await;
    assert!(matches!(other, AuthorizeError::OtherResource), "{other:?}");
    let other = lie(&|both| put(&mut both.authority, "issuer", json!("https://evil.example"))).await;
    assert!(matches!(other, AuthorizeError::OtherIssuer), "{other:?}");
    for methods in [json!([]), json!(["plain"])] {
        let none = lie(&|both| put(&mut both.authority, "code_challenge_methods_supported", methods.clone())).await;
        assert!(matches!(none, AuthorizeError::NoPkce), "{none:?}");
    }
    for issuer in [json!("https://evil.example"), Value::Null] {
        let mixed = lie(&|both| put(&mut both.redirect, "iss", issuer.clone())).await;
        assert!(matches!(mixed, AuthorizeError::MixedUp), "{mixed:?}");
    }
    for (name, value) in [("state", json!("another")), ("state", Value::Null), ("code", Value::Null)] {
        let forged = lie(&|both| put(&mut both.redirect, name, value.clone())).await;
        assert!(matches!(forged, AuthorizeError::NoConsent), "{forged:?}");
    }
    let unreadable = lie(&|both| put(&mut both.authority, "token_endpoint", json!(7))).await;
    assert!(matches!(unreadable, AuthorizeError::Unreadable), "{unreadable:?}");
    let huge = lie(&|both| put(&mut both.authority, "more", json!("x".repeat(300_000)))).await;
    assert!(matches!(huge, AuthorizeError::Outbound(outbound::Error::TooLarge { .. })), "{huge:?}");
}

/// A server leads neither to private addresses nor to plain HTTP; one that is on our own machine leads to nobody else there.
#[tokio::test]
async fn nobody_is_led_inside() {
    let world = World::start().await;
    let is_refused = |error: &AuthorizeError| matches!(error, AuthorizeError::Outbound(outbound::Error::Policy(_)));
    let public: Url = "https://mcp.example.com/mcp".parse().unwrap();
    for inner in [
        format!("{}.well-known/oauth-protected-resource/mcp", world.server.join("/").unwrap()),
        "https://169.254.169.254/latest/meta-data".to_owned(),
        "https://[::1]/x".to_owned(),
        "http://mcp.example.com/x".to_owned(),
    ] {
        let challenge = Challenge { resource_metadata: Some(inner.parse().unwrap()), ..Challenge::default() };
        for reach in [Reach::Public, Reach::OwnHost] {
            let authorizer = Authorizer { server: &public, reach, ..world.authorizer() };
            let error = authorizer.discover(Some(&challenge)).await.unwrap_err();
            assert!(is_refused(&error), "{inner} {reach:?}: {error:?}");
        }
    }
    let elsewhere = json!(["https://127.0.0.2", "http://127.0.0.2:1"]);
    for server in elsewhere.as_array().unwrap() {
        world.both.lock().unwrap().resource.insert("authorization_servers".to_owned(), json!([server]));
        let error = world.first_call().await.unwrap_err();
        assert!(is_refused(&error), "{server}: {error:?}");
    }
}
