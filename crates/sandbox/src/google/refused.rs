//! How the APIs refuse, and whose token is let in.

use crate::{account::Vendor, app::App, ledger::Grant};
use axum::{
    Json,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

pub(super) struct Refused {
    status: StatusCode,
    reason: &'static str,
    message: String,
}

impl Refused {
    pub(super) fn new(status: StatusCode, reason: &'static str, message: impl Into<String>) -> Self {
        Self { status, reason, message: message.into() }
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid", message)
    }

    pub(super) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "notFound", "Not Found")
    }

    fn word(&self) -> Option<&'static str> {
        match self.status {
            StatusCode::BAD_REQUEST => Some("INVALID_ARGUMENT"),
            StatusCode::UNAUTHORIZED => Some("UNAUTHENTICATED"),
            StatusCode::FORBIDDEN => Some("PERMISSION_DENIED"),
            StatusCode::NOT_FOUND => Some("NOT_FOUND"),
            _ => None,
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut error = json!({
            "code": self.status.as_u16(), "message": self.message,
            "errors": [{"domain": "global", "reason": self.reason, "message": self.message}],
        });
        if let Some(word) = self.word() {
            error["status"] = json!(word);
        }
        let challenge = (self.status == StatusCode::UNAUTHORIZED)
            .then_some([(header::WWW_AUTHENTICATE, "Bearer realm=\"https://accounts.google.com/\"")]);
        (self.status, challenge, Json(json!({ "error": error }))).into_response()
    }
}

/// The grant behind the token, with any of these scopes of `https://www.googleapis.com/auth/` or the old one of all mail.
pub(super) fn granted(app: &App, headers: &HeaderMap, scopes: &[&str]) -> Result<Grant, Refused> {
    let dead = || Refused::new(StatusCode::UNAUTHORIZED, "authError", "Invalid Credentials");
    let grant = app.bearer(Vendor::Google, headers).ok_or_else(dead)?;
    let short = |scope: &str| scope.strip_prefix("https://www.googleapis.com/auth/").map(ToOwned::to_owned);
    let has =
        |wanted: &str| grant.scopes.iter().any(|scope| scope == wanted || short(scope).as_deref() == Some(wanted));
    if scopes.iter().any(|scope| has(scope)) {
        return Ok(grant);
    }
    let message = "Request had insufficient authentication scopes.";
    Err(Refused::new(StatusCode::FORBIDDEN, "insufficientPermissions", message))
}
