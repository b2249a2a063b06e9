//! `POST /api/auth/request-password-reset`, `GET /api/auth/reset-password/{token}` and `POST /api/auth/reset-password`.

use crate::{
    app::App,
    fields::{Fields, query},
    flows,
    http::{
        answer::Answer,
        body::{Checked, Media, Shape},
    },
    origins::Strictness,
    problem::Problem,
    redirect::with,
    wire::{DONE, Done},
};
use axum::{
    Json,
    extract::{Path, RawQuery, State, rejection::PathRejection},
    http::StatusCode,
};
use kernel::Secret;
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;

pub struct Forgotten {
    email: String,
    redirect_to: Option<String>,
}

impl Shape for Forgotten {
    const MEDIA: Media = Media::Json;
    const STRICTNESS: Strictness = Strictness::WithCookie;

    fn read(body: Option<&Value>) -> Result<Self, Vec<String>> {
        let mut fields = Fields::of(body, &["object"])?;
        let form = Self { email: fields.email("email"), redirect_to: fields.optional_text("redirectTo") };
        fields.finish(form)
    }
}

#[derive(Serialize)]
pub struct Requested {
    status: bool,
    message: &'static str,
}

/// The same answer after the same work, whoever has the address.
pub async fn request(
    State(app): State<Arc<App>>,
    Checked(form): Checked<Forgotten>,
) -> Result<Json<Requested>, Problem> {
    flows::reset_password::request(&app, &form.email, form.redirect_to).await?;
    let message = "If this email exists in our system, check your email for the reset link";
    Ok(Json(Requested { status: true, message }))
}

/// From the mail to the page that asks for the new password.
pub async fn open(
    State(app): State<Arc<App>>,
    answer: Answer,
    token: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
) -> Result<StatusCode, Problem> {
    // What is not text is not a token of ours either.
    let token = token.map(|Path(token)| token).unwrap_or_default();
    let asked = query(raw.as_deref());
    let page = asked.get("callbackURL").and_then(Value::as_str).filter(|url| !url.is_empty());
    app.origins.check_callback(page)?;
    let live = flows::reset_password::open(&app, &token).await?.is_some();
    let error_page = format!("{}/api/auth/error", app.base_url);
    Ok(match page {
        Some(page) if live => answer.found(&with(page, &[("token", &token)])),
        page => answer.found(&with(page.unwrap_or(&error_page), &[("error", "INVALID_TOKEN")])),
    })
}

pub struct NewPassword {
    password: Secret,
    token: Option<String>,
}

impl Shape for NewPassword {
    const MEDIA: Media = Media::Json;
    const STRICTNESS: Strictness = Strictness::WithCookie;

    fn read(body: Option<&Value>) -> Result<Self, Vec<String>> {
        let mut fields = Fields::of(body, &["object"])?;
        let form = Self { password: fields.text("newPassword").into(), token: fields.optional_text("token") };
        fields.finish(form)
    }
}

pub async fn finish(
    State(app): State<Arc<App>>,
    RawQuery(raw): RawQuery,
    Checked(form): Checked<NewPassword>,
) -> Result<Json<Done>, Problem> {
    let asked = query(raw.as_deref());
    let token = form.token.as_deref().or_else(|| asked.get("token").and_then(Value::as_str));
    flows::reset_password::finish(&app, token.filter(|token| !token.is_empty()), form.password).await?;
    Ok(Json(DONE))
}
