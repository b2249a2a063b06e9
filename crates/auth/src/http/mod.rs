//! The routes, grouped by who may call.

mod answer;
mod body;
mod caller;
mod member;
mod public;

use crate::{app::App, config::Config};
use axum::{
    Router,
    extract::{MatchedPath, Request},
    handler::Handler,
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};
use db::audit::{Cause, caused_by};
use edge::{Around, Cors, Next, RequestTag, Rounded, with_layers};
use http::{Method, StatusCode, header};
use std::{sync::Arc, time::Duration};

/// Longer than the longest queue of password checks, and than a call to a provider, whose end has to be noted.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);

/// What a client may send that runs in a browser: MCP's clients say their version on every request.
const CLIENT_HEADERS: [&str; 1] = ["mcp-protocol-version"];

/// The whole service: every route, with CORS, the time-out and request ids round them.
pub fn service(config: &Config, app: Arc<App>) -> Router {
    let origins: Vec<String> = config.cors_origins.iter().map(|url| url.origin().ascii_serialization()).collect();
    let known = origins.clone();
    // Routes name the headers that scripts may read themselves, each what it sends.
    let cors = Cors::Frontends { origins, exposed: &[] };
    let own = with_layers(routes(&app), &cors, REQUEST_TIMEOUT).layer(Rounded(Preflights { known: known.into() }));
    let clients = counted(&app, public::oauth2::for_clients(&app));
    let clients = clients.with_state(Arc::clone(&app));
    let cors = Cors::Anybody { allowed: &CLIENT_HEADERS, exposed: &["www-authenticate"] };
    let clients = with_layers(clients, &cors, REQUEST_TIMEOUT);
    let pages = counted(&app, public::oauth2::pages().layer(Rounded(answer::WithCookies)));
    let pages = with_layers(pages.with_state(app), &Cors::Nobody, REQUEST_TIMEOUT);
    own.merge(clients).merge(pages)
}

/// Frontends that may call us from a browser may ask whether they may; anybody else's OPTIONS is as unknown as in Better Auth.
#[derive(Clone)]
struct Preflights {
    known: Arc<[String]>,
}

impl Around for Preflights {
    async fn handle(self, request: Request, next: impl Next) -> Response {
        if request.method() == Method::OPTIONS && !is_of(&request, &self.known) {
            return not_found().await.into_response();
        }
        next.run(request).await
    }
}

fn is_of(request: &Request, origins: &[String]) -> bool {
    let origin = request.headers().get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    origin.is_some_and(|origin| origins.iter().any(|known| known == origin))
}

fn routes(app: &Arc<App>) -> Router {
    let auth = Router::new()
        .merge(public::router())
        .merge(member::router())
        .method_not_allowed_fallback(not_found)
        .fallback(not_found)
        .layer(Rounded(answer::WithAnswer));
    let auth = counted(app, auth).with_state(Arc::clone(app));
    // Health is asked for by machines that must not be turned away.
    auth.merge(public::health::router().with_state(Arc::clone(app)))
}

/// Every call of these routes is counted before anything else is looked at.
fn counted(app: &Arc<App>, router: Router<Arc<App>>) -> Router<Arc<App>> {
    router.layer(Rounded(Limited(Arc::clone(app))))
}

/// Better Auth answers an unknown path, a wrong method and even HEAD on a GET route the same way: with nothing.
async fn not_found() -> StatusCode {
    StatusCode::NOT_FOUND
}

/// A GET route on which HEAD is unknown.
fn get_only<T: 'static, H: Handler<T, Arc<App>>>(handler: H) -> MethodRouter<Arc<App>> {
    get(handler).head(not_found)
}

/// Counts the caller, on unknown paths as well.
#[derive(Clone)]
struct Limited(Arc<App>);

impl Around for Limited {
    async fn handle(self, request: Request, next: impl Next) -> Response {
        let Self(app) = self;
        let peer = caller::peer(request.extensions());
        let caller = app.proxies.limit_key(request.headers(), peer);
        let cause = Cause {
            request: request.extensions().get::<RequestTag>().map(|tag| tag.as_str().into()),
            address: Some(app.proxies.client(request.headers(), peer)),
        };
        let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
        match app.limits.count(&caller, request.uri().path(), route).await {
            Ok(()) => caused_by(cause, next.run(request)).await,
            Err(problem) => problem.into_response(),
        }
    }
}
