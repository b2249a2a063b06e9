//! `POST /oauth2/sign-in`: the form of our own page. What it leads to is the ordinary sign-in, and then the way back to what
//! the client asks.

use super::{authorize::Carried, pages};
use crate::{
    app::App,
    cookies::Lifetime,
    fields::Fields,
    flows::{
        session::Origin,
        sign_in::{self, SignIn},
        social::start::{self, Start},
    },
    http::{
        answer::Answer,
        body::{Checked, Media, Shape},
        caller::Address,
    },
    oauth2::{Parameters, Prompts},
    origins::Strictness,
    problem::Problem,
};
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use kernel::Secret;
use serde_json::Value;
use std::sync::Arc;

/// What the person filled in or pressed.
pub struct Form {
    request: String,
    way: Way,
}

enum Way {
    Password {
        email: String,
        password: Secret,
    },
    /// With an account elsewhere.
    Social(String),
}

impl Shape for Form {
    const MEDIA: Media = Media::FormOrJson;
    const STRICTNESS: Strictness = Strictness::Login;

    fn read(body: Option<&Value>) -> Result<Self, Vec<String>> {
        let mut fields = Fields::of(body, &["object"])?;
        let request = fields.text("request");
        let way = match fields.optional_text("provider") {
            Some(provider) => Way::Social(provider),
            None => Way::Password { email: fields.text("email"), password: fields.text("password").into() },
        };
        fields.finish(Self { request, way })
    }
}

/// Where the person goes on when they are signed in. That they sign in again has then been done.
fn back(request: &Parameters) -> String {
    let prompts = request.get("prompt").and_then(Prompts::read);
    let request = match &prompts {
        Ok(prompts) => request.with("prompt", prompts.after_login()),
        // What is wrong with it is told to the client then.
        Err(_) => request.clone(),
    };
    format!("/oauth2/authorize?{}", request.text())
}

pub async fn sign_in(
    State(app): State<Arc<App>>,
    answer: Answer,
    origin: Origin,
    Address(address): Address,
    Checked(form): Checked<Form>,
) -> Result<Response, Problem> {
    let Carried { request, target, .. } = match Carried::read(&app, &address, &form.request).await {
        Ok(carried) => carried,
        Err(page) => return page,
    };
    let back = back(&request);
    let tried = match form.way {
        Way::Password { email, password } => {
            let form = SignIn { email, password, lifetime: Lifetime::Remembered, callback_url: Some(back.clone()) };
            sign_in::sign_in(&app, form, origin).await.map(|signed_in| {
                answer.sign_in(&app, &signed_in);
                back
            })
        }
        Way::Social(provider) => {
            let wanted = Start {
                provider,
                callback_url: Some(back),
                new_user_url: None,
                error_url: None,
                scopes: Vec::new(),
                login_hint: None,
                extra: Vec::new(),
            };
            start::start(&app, wanted, None).await.map(|started| {
                answer.set_state(&app, &started.state);
                started.url.into()
            })
        }
    };
    match tried {
        Ok(url) => Ok(pages::sent(StatusCode::SEE_OTHER, &url)),
        // What a person can do something about is told on the page.
        Err(problem) if problem.status().is_client_error() && problem.status() != StatusCode::TOO_MANY_REQUESTS => {
            let page = pages::sign_in(&app, &request, &target, Some(&problem.to_string()));
            Ok((problem.status(), page).into_response())
        }
        Err(problem) => Err(problem),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The way back asks for no further sign-in, leads nowhere else, and keeps everything that the client said.
    #[test]
    fn the_way_back_keeps_the_request() {
        let to = |text: &str| back(&Parameters::read(text.as_bytes()));
        assert_eq!(to("client_id=a&prompt=login&state=x%26y"), "/oauth2/authorize?client_id=a&state=x%26y");
        assert_eq!(to("prompt=login+consent&client_id=a"), "/oauth2/authorize?client_id=a&prompt=consent");
        assert_eq!(to("client_id=a"), "/oauth2/authorize?client_id=a");
        assert_eq!(to("client_id=a%0d%0aLocation:x"), "/oauth2/authorize?client_id=a%0D%0ALocation%3Ax");
        assert_eq!(to("prompt=none+login"), "/oauth2/authorize?prompt=none+login");
    }
}
