//! RFC 9457 problems: the one shape of every failure of the connectors API.

use axum::response::{IntoResponse, Response};
use chrono::TimeDelta;
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;

const TYPE_BASE: &str = "urn:connectors:problem:";

/// A failure, as `application/problem+json`. Boxed, for it travels in every handler's `Result`.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct Problem(Box<ProblemDetails>);

/// The members. `code` is what programs switch on; `title` never changes for a code; `detail` says what to do. 5xx details
/// are constant.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDetails {
    /// A URI that names the kind of problem.
    #[serde(rename = "type")]
    kind: String,
    title: &'static str,
    #[serde(serialize_with = "as_number")]
    #[schema(value_type = u16, minimum = 400, maximum = 599)]
    status: StatusCode,
    /// What happened this time and what to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String)]
    detail: Option<String>,
    /// The path of the request. Set on the way out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String)]
    instance: Option<String>,
    #[schema(pattern = "^[A-Z][A-Z_]*$")]
    code: &'static str,
    /// The id under which the logs know this request. Set on the way out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String)]
    request_id: Option<String>,
    /// Why, in one word of a list that the route documents.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    reason: Option<&'static str>,
    /// What is wrong with which part of the request.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    #[serde(skip)]
    retry_after: Option<TimeDelta>,
    #[serde(skip)]
    challenge: Option<&'static str>,
    #[serde(skip)]
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// One part of a request that is wrong.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FieldError {
    /// A JSON pointer as a fragment, such as `#/limit`.
    pub pointer: String,
    pub detail: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde calls")]
fn as_number<S: serde::Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

impl Problem {
    pub fn new(status: StatusCode, code: &'static str, title: &'static str) -> Self {
        Self(Box::new(ProblemDetails {
            kind: format!("{TYPE_BASE}{}", code.to_ascii_lowercase().replace('_', "-")),
            title,
            status,
            detail: None,
            instance: None,
            code,
            request_id: None,
            reason: None,
            errors: Vec::new(),
            retry_after: None,
            challenge: None,
            headers: Vec::new(),
        }))
    }

    /// Something broke on our side. Says nothing about what; the chain is in the log.
    pub fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", "Internal error")
            .detail("Something went wrong on our side. Try again; if it stays, give the operator the request id.")
    }

    /// We cannot take the request now.
    pub fn overloaded(retry_after: TimeDelta) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "OVERLOADED", "Temporarily overloaded")
            .detail("The service cannot take this request now. Try again after the time in Retry-After.")
            .retry_after(retry_after)
    }

    /// A request that does not have the right form.
    pub fn validation(errors: Vec<FieldError>) -> Self {
        let mut problem = Self::new(StatusCode::BAD_REQUEST, "VALIDATION_FAILED", "Validation failed")
            .detail("The request has parts that cannot be used; `errors` says which.");
        problem.0.errors = errors;
        problem
    }

    /// One part of the request is wrong.
    pub fn invalid(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::validation(vec![FieldError { pointer: pointer.into(), detail: detail.into() }])
    }

    /// No credentials, or none that count (RFC 6750 3). `presented`: whether there were any.
    pub fn unauthorized(presented: bool, detail: &'static str) -> Self {
        let mut problem = Self::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", "Unauthorized").detail(detail);
        problem.0.challenge = Some(if presented { r#"Bearer error="invalid_token""# } else { "Bearer" });
        problem
    }

    /// What it says to somebody who reads no members: what is wrong with which part, else what to do.
    pub fn told(&self) -> String {
        let part = |error: &FieldError| format!("{}: {}", error.pointer.trim_start_matches("#/"), error.detail);
        match (&self.0.errors[..], &self.0.detail) {
            ([], Some(detail)) => detail.clone(),
            ([], None) => self.0.title.to_owned(),
            (errors, _) => errors.iter().map(part).collect::<Vec<_>>().join(" "),
        }
    }

    /// What happened this time and what to do about it.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// Why, in one word.
    #[must_use]
    pub fn reason(mut self, reason: &'static str) -> Self {
        self.0.reason = Some(reason);
        self
    }

    /// One more header of the answer.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }

    #[must_use]
    pub fn retry_after(mut self, delay: TimeDelta) -> Self {
        self.0.retry_after = Some(delay);
        self
    }

    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    pub fn code(&self) -> &'static str {
        self.0.code
    }

    /// Fills in which request this was.
    pub(crate) fn of_request(&mut self, path: String, id: String) {
        self.0.instance = Some(path);
        self.0.request_id = Some(id);
    }

    /// The answer's bytes. Used by the layer that fills in `instance` and the request id.
    pub(crate) fn render(&self) -> Response {
        let body = serde_json::to_vec(self).unwrap_or_default();
        let kind = HeaderValue::from_static("application/problem+json");
        let mut response = (self.0.status, [(header::CONTENT_TYPE, kind)], body).into_response();
        let headers = response.headers_mut();
        if let Some(delay) = self.0.retry_after {
            // Rounded up: a client that waits exactly this long must not be refused again.
            let seconds = (delay.num_milliseconds().max(0) + 999) / 1000;
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(challenge) = self.0.challenge {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        headers.extend(self.0.headers.iter().cloned());
        response
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.render();
        response.extensions_mut().insert(self);
        response
    }
}
