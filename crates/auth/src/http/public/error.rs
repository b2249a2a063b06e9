//! `GET /api/auth/error`: where a social sign-in ends that went wrong before it was known where to return to.

use crate::{fields::query, http::answer::Answer, redirect::with};
use axum::extract::RawQuery;
use http::StatusCode;
use serde_json::Value;

/// The front page, with the code, which is one of ours or nothing at all: anybody can write this link.
pub async fn error(answer: Answer, RawQuery(raw): RawQuery) -> StatusCode {
    let asked = query(raw.as_deref());
    let code = asked.get("error").and_then(Value::as_str).unwrap_or_default();
    let harmless = (1..=64).contains(&code.len())
        && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    answer.found(&with("/", &[("error", if harmless { code } else { "UNKNOWN" })]))
}
