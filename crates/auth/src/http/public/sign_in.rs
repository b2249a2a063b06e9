//! `POST /api/auth/sign-in/email`.

use crate::{
    app::App,
    cookies::Lifetime,
    fields::Fields,
    flows::{self, session::Origin, sign_in::SignIn},
    http::{
        answer::Answer,
        body::{Checked, Media, Shape},
    },
    origins::Strictness,
    problem::Problem,
    wire,
};
use axum::{Json, extract::State};
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;

impl Shape for SignIn {
    const MEDIA: Media = Media::FormOrJson;
    const STRICTNESS: Strictness = Strictness::Login;

    fn read(body: Option<&Value>) -> Result<Self, Vec<String>> {
        let mut fields = Fields::of(body, &["object"])?;
        let (email, password) = (fields.text("email"), fields.text("password").into());
        let callback_url = fields.optional_text("callbackURL");
        let lifetime = Lifetime::remembering(fields.optional_bool("rememberMe"));
        fields.finish(Self { email, password, lifetime, callback_url })
    }
}

#[derive(Serialize)]
pub struct SignedIn {
    redirect: bool,
    token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    user: wire::User,
}

/// Signs the browser in. With a callback URL the client navigates there; the status stays 200.
pub async fn sign_in(
    State(app): State<Arc<App>>,
    answer: Answer,
    origin: Origin,
    Checked(form): Checked<SignIn>,
) -> Result<Json<SignedIn>, Problem> {
    let url = form.callback_url.clone();
    let signed_in = flows::sign_in::sign_in(&app, form, origin).await?;
    answer.sign_in(&app, &signed_in);
    // An empty one is handed back and leads nowhere.
    let redirect = url.as_ref().is_some_and(|url| !url.is_empty());
    if let Some(url) = url.as_ref().filter(|_| redirect) {
        answer.location(url);
    }
    Ok(Json(SignedIn { redirect, token: signed_in.token, url, user: signed_in.user.into() }))
}
