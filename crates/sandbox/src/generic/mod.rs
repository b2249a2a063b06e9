//! Vendors that nobody wrote: each is described by JSON and served below `/generic/{slug}` at exactly the paths it says.
//! It forgives nothing, so that a description of a real vendor that is wrong in one word does not work here either.

mod authorize;
mod probe;
mod registration;
mod token;

pub(crate) use registration::{Registration, Registry};

use crate::{
    account::Vendor,
    app::App,
    consent,
    faults::{self, Place, Target},
};
use axum::{
    Json, Router,
    extract::{Path, Request, State},
    handler::Handler,
    http::{Method, StatusCode},
    response::{IntoResponse, Response},
    routing::any,
};
use serde_json::json;
use token::Part;

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/{slug}/{*path}", any(serve))
}

async fn serve(State(app): State<App>, Path((slug, path)): Path<(String, String)>, request: Request) -> Response {
    let Some(entry) = app.generic.get(&slug) else { return not_found() };
    let path = format!("/{path}");
    let is = |wanted: &Option<String>| wanted.as_deref() == Some(path.as_str());
    let described = &entry.registration;
    let is_post = request.method() == Method::POST;
    let (is_token, is_refresh) = (is(&described.token_path), is(&described.refresh_path));
    let place = Place { app: app.clone(), vendor: Vendor::Generic, name: entry.name(), dial: entry.dial.clone() };
    if is_post && (is_token || is_refresh) {
        let part = match (is_token, &described.refresh_path) {
            (true, None) => Part::Both,
            (true, Some(_)) if is_refresh => Part::Both,
            (true, Some(_)) => Part::Exchange,
            (false, _) => Part::Refresh,
        };
        return faults::token(&place, request, async |request| token::token(&app, &entry, part, request).await).await;
    }
    if is_post && is(&described.revoke_path) {
        let revoke = async |request| token::revoke(&app, &entry, request).await;
        return faults::pass_or_fail(&place, Target::Revoke, request, revoke).await;
    }
    if is(&described.authorize_path) {
        return match *request.method() {
            Method::GET => authorize::authorize(&app, &entry, request).await,
            Method::POST => consent::answer.call(request, app).await,
            _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
        };
    }
    if is(&described.userinfo_path) {
        let userinfo = async |request| probe::userinfo(&app, &entry, &request);
        return faults::api(&place, request, userinfo).await;
    }
    if (path.ends_with("/probe") || is(&described.probe_path)) && described.credential.is_some() {
        return faults::api(&place, request, async |request| probe::probe(&entry, &request)).await;
    }
    not_found()
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, Json(json!({"error": "not_found"}))).into_response()
}
