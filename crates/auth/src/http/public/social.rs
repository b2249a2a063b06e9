//! `POST /api/auth/sign-in/social`, and `GET` and `POST /api/auth/callback/{provider}`.

use crate::{
    app::App,
    fields::{Fields, query},
    flows::{
        session::{Origin, SignedIn},
        social::{
            callback::{self, Returned, StateCookie},
            id_token::{self, Presented},
            start::{self, Start, Started},
        },
    },
    http::{
        answer::Answer,
        body::{Checked, Media, Shape},
    },
    origins::Strictness,
    problem::Problem,
    redirect::with,
    wire,
};
use axum::{
    Json,
    body::{Bytes, to_bytes},
    extract::{Path, RawQuery, Request, State, rejection::PathRejection},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use serde_json::{Map, Value};
use std::sync::Arc;

/// What a page may not set itself.
const RESERVED: &str =
    "state, client_id, redirect_uri, response_type, code_challenge, code_challenge_method, nonce, scope";
/// What providers send back; anything else is not passed on.
const RETURNED: [&str; 5] = ["code", "error", "error_description", "state", "iss"];
/// More than a provider posts.
const MAX_POSTED: usize = 16 * 1024;

/// What a page asks for, which is the same for signing in and for linking.
pub struct Wanted {
    pub start: Start,
    pub id_token: Option<Presented>,
    /// The page goes to the URL itself.
    pub disable_redirect: bool,
}

impl Shape for Wanted {
    const MEDIA: Media = Media::Json;
    const STRICTNESS: Strictness = Strictness::WithCookie;

    fn read(body: Option<&Value>) -> Result<Self, Vec<String>> {
        let mut fields = Fields::of(body, &["object"])?;
        let provider = body.and_then(|body| body.get("provider")).and_then(Value::as_str).unwrap_or_default();
        if provider.is_empty() {
            fields.complain("provider", "Invalid input");
        }
        let start = Start {
            provider: provider.to_owned(),
            callback_url: filled(fields.optional_text("callbackURL")),
            new_user_url: filled(fields.optional_text("newUserCallbackURL")),
            error_url: filled(fields.optional_text("errorCallbackURL")),
            scopes: fields.optional_texts("scopes").unwrap_or_default(),
            login_hint: fields.optional_text("loginHint"),
            extra: extra(&mut fields),
        };
        fields.optional_bool("requestSignUp");
        fields.optional_object("additionalData");
        let id_token = fields.optional_object("idToken").map(|object| presented(&mut fields, object));
        let disable_redirect = fields.optional_bool("disableRedirect") == Some(true);
        fields.finish(Self { start, id_token, disable_redirect })
    }
}

fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

/// Parameters of the page's own for the provider.
fn extra(fields: &mut Fields<'_>) -> Vec<(String, String)> {
    let Some(object) = fields.optional_object("additionalParams") else { return Vec::new() };
    if object.keys().any(|name| RESERVED.split(", ").any(|reserved| reserved == name)) {
        let issue = format!("additionalParams cannot include reserved OAuth parameters: {RESERVED}");
        fields.complain("additionalParams", &issue);
    }
    let mut extra = Vec::new();
    for (name, value) in object {
        match value.as_str().filter(|text| text.len() <= 1024 && extra.len() < 32) {
            Some(text) => extra.push((name.clone(), text.to_owned())),
            None => fields.complain(&format!("additionalParams.{name}"), "Invalid input: expected string"),
        }
    }
    extra
}

fn presented(fields: &mut Fields<'_>, object: &Map<String, Value>) -> Presented {
    let mut text = |name: &str| match object.get(name) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(_) => {
            fields.complain(&format!("idToken.{name}"), "Invalid input: expected string");
            None
        }
    };
    let presented = Presented {
        token: text("token").unwrap_or_default().into(),
        nonce: text("nonce"),
        access_token: text("accessToken").map(Into::into),
        refresh_token: text("refreshToken").map(Into::into),
    };
    if presented.token.expose().is_empty() {
        fields.complain("idToken.token", "Invalid input: expected string, received undefined");
    }
    presented
}

/// Where to go next.
#[derive(Serialize)]
pub struct Destination {
    url: String,
    redirect: bool,
}

/// Sends the browser on its way, and binds the way back to it. The status stays 200: the client reads the body.
pub fn on_the_way(app: &App, answer: &Answer, started: Started, disable_redirect: bool) -> Json<Destination> {
    answer.set_state(app, &started.state);
    if !disable_redirect {
        answer.location(started.url.as_str());
    }
    Json(Destination { url: started.url.into(), redirect: !disable_redirect })
}

#[derive(Serialize)]
struct WithIdToken {
    redirect: bool,
    token: String,
    user: wire::User,
}

pub async fn sign_in(
    State(app): State<Arc<App>>,
    answer: Answer,
    origin: Origin,
    Checked(wanted): Checked<Wanted>,
) -> Result<Response, Problem> {
    if let Some(presented) = wanted.id_token {
        let signed_in = id_token::sign_in(&app, &wanted.start.provider, presented, origin).await?.session;
        answer.sign_in(&app, &signed_in);
        let SignedIn { token, user, .. } = signed_in;
        return Ok(Json(WithIdToken { redirect: false, token, user: user.into() }).into_response());
    }
    let started = start::start(&app, wanted.start, None).await?;
    Ok(on_the_way(&app, &answer, started, wanted.disable_redirect).into_response())
}

/// The provider sent the browser back.
pub async fn returned(
    State(app): State<Arc<App>>,
    answer: Answer,
    origin: Origin,
    provider: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let asked = query(raw.as_deref());
    let text = |name: &str| asked.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    let returned = Returned {
        state: text("state"),
        code: text("code").map(Into::into),
        error: text("error"),
        error_description: text("error_description"),
        issuer: text("iss"),
    };
    let provider = provider.map(|Path(provider)| provider).unwrap_or_default();
    let cookie = app.cookies.state(&headers);
    let outcome = callback::finish(&app, &provider, returned, cookie.as_deref(), origin).await?;
    if outcome.state == StateCookie::Forgotten {
        answer.forget_state(&app);
    }
    if let Some(signed_in) = &outcome.signed_in {
        answer.sign_in(&app, signed_in);
    }
    Ok(answer.found(&outcome.url))
}

/// The provider posted the answer instead. The browser kept its cookie back from another site's form, so it is sent once
/// more, now as its own navigation.
pub async fn posted(
    State(app): State<Arc<App>>,
    answer: Answer,
    provider: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<StatusCode, Problem> {
    let body: Bytes = to_bytes(request.into_body(), MAX_POSTED).await.map_err(|_| Problem::BodyTooLarge)?;
    let (posted, asked) = (query(std::str::from_utf8(&body).ok()), query(raw.as_deref()));
    let text = |name: &str| asked.get(name).or_else(|| posted.get(name)).and_then(Value::as_str);
    let pairs: Vec<(&str, &str)> = RETURNED.iter().filter_map(|name| Some((*name, text(name)?))).collect();
    let provider = provider.map(|Path(provider)| provider).unwrap_or_default();
    // The path is written anew: what stood in it may not be a provider at all.
    let provider: String = provider.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(64).collect();
    Ok(answer.found(&with(&format!("{}/api/auth/callback/{provider}", app.base_url), &pairs)))
}
