//! `GET /api/auth/ways-in`: how people may come in here. Better Auth has no such route: its pages are written for one
//! deployment, ours are not.

use crate::app::App;
use axum::{Json, extract::State};
use serde::Serialize;
use std::sync::Arc;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WaysIn {
    email_and_password: bool,
    /// Whether new people may come with a password.
    sign_up: bool,
    /// Whether links reach mailboxes: forgotten passwords, proofs of addresses.
    mail: bool,
    social: Vec<Social>,
}

#[derive(Serialize)]
struct Social {
    id: String,
    name: String,
}

/// The ways that this deployment has switched on.
pub async fn list(State(app): State<Arc<App>>) -> Json<WaysIn> {
    let social = app
        .social
        .all()
        .map(|provider| Social { id: provider.sign_in.id.to_owned(), name: provider.sign_in.name.to_owned() });
    Json(WaysIn {
        email_and_password: app.policy.email_password.is_on(),
        sign_up: app.policy.email_password.is_on() && app.policy.sign_up.is_on(),
        mail: app.mail.mailer.is_on(),
        social: social.collect(),
    })
}
