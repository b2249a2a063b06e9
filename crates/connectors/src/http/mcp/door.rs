//! Who may pass: a person with a JWT of the auth service, or a client that they let act for them, with an access token for this
//! resource and no other. What is shown here is never sent on.

use super::{SCOPE, metadata, wire::no_message};
use crate::{App, http::doors};
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use db::audit::caused_by;
use edge::{Bearer, Problem, bearer};
use http::{
    HeaderValue, Method, StatusCode,
    header::{CONTENT_TYPE, WWW_AUTHENTICATE},
};
use identity::{Claims, VerifyError};
use kernel::UserId;
use std::sync::Arc;

/// For whom a request is. Only [`guard`] makes one.
#[derive(Debug, Clone, Copy)]
pub struct For(pub UserId);

/// Resolves, counts, passes on. Every method is asked for a token: `initialize` and discovery too.
pub async fn guard(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let shown = match bearer(request.headers()) {
        Bearer::Token(token) => Some(token),
        Bearer::Absent => None,
        Bearer::Malformed => return challenge(&app, Some("invalid_request"), StatusCode::UNAUTHORIZED),
    };
    let Some(token) = shown else { return challenge(&app, None, StatusCode::UNAUTHORIZED) };
    let claims = match claims(&app, token.expose()).await {
        Ok(claims) => claims,
        Err(Shut::Unknown) => return challenge(&app, Some("invalid_token"), StatusCode::UNAUTHORIZED),
        Err(Shut::Scope) => return challenge(&app, Some("insufficient_scope"), StatusCode::FORBIDDEN),
        Err(Shut::Later) => return Problem::overloaded(chrono::TimeDelta::seconds(5)).into_response(),
    };
    let user = claims.sub;
    let is_json = request.method() == Method::POST
        && request.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    let caller = match doors::at_home(&app, &claims).await {
        Ok(caller) => caller,
        Err(problem) => return problem.into_response(),
    };
    let cause = doors::cause(&app, &request);
    let answering = caused_by(cause, async {
        request.extensions_mut().insert(For(user));
        let response = next.run(request).await;
        // What is JSON by its header and no message by its body is not of another media type.
        let is_no_message = is_json && response.status() == StatusCode::UNSUPPORTED_MEDIA_TYPE;
        if is_no_message { no_message() } else { response }
    });
    doors::counted(&app, &caller, answering).await
}

/// What is refused here, whatever the message.
pub fn problems() -> Vec<Problem> {
    let challenge = HeaderValue::from_static(
        "Bearer resource_metadata=\"https://localhost/.well-known/oauth-protected-resource/mcp\"",
    );
    vec![
        unauthorized().header(WWW_AUTHENTICATE, challenge.clone()),
        scope_missing().header(WWW_AUTHENTICATE, challenge),
        doors::rate_limited(chrono::TimeDelta::seconds(60)),
    ]
}

fn unauthorized() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", "Unauthorized")
        .detail("Send a JWT of the auth service, or an access token for this resource.")
}

fn scope_missing() -> Problem {
    doors::forbidden(format!("The token lacks the scope {SCOPE}."))
}

/// Why a token opens nothing here.
enum Shut {
    Unknown,
    Scope,
    /// Nobody can say now.
    Later,
}

async fn claims(app: &App, token: &str) -> Result<Claims, Shut> {
    match app.access_tokens.verify(token).await {
        Ok(access) if access.allows(SCOPE) => return Ok(access.claims),
        Ok(_) => return Err(Shut::Scope),
        Err(VerifyError::KeysUnavailable) => return Err(Shut::Later),
        Err(_) => {}
    }
    match app.identity.verify(token).await {
        Ok(claims) => Ok(Arc::unwrap_or_clone(claims)),
        Err(VerifyError::KeysUnavailable) => Err(Shut::Later),
        Err(_) => Err(Shut::Unknown),
    }
}

/// What a client needs in order to get a token (RFC 9728 5.1, RFC 6750 3).
fn challenge(app: &App, error: Option<&'static str>, status: StatusCode) -> Response {
    let error = error.map(|word| format!("error=\"{word}\", ")).unwrap_or_default();
    let challenge = format!("Bearer {error}resource_metadata=\"{}\", scope=\"{SCOPE}\"", metadata::address(app));
    let problem = if status == StatusCode::FORBIDDEN { scope_missing() } else { unauthorized() };
    match HeaderValue::from_str(&challenge) {
        Ok(value) => problem.header(WWW_AUTHENTICATE, value).into_response(),
        Err(_) => problem.into_response(),
    }
}
