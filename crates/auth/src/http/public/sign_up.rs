//! `POST /api/auth/sign-up/email`.

use crate::{
    app::App,
    cookies::Lifetime,
    fields::Fields,
    flows::{self, session::Origin, sign_up::SignUp},
    http::{
        answer::Answer,
        body::{Checked, Media, Shape},
    },
    origins::Strictness,
    problem::Problem,
    wire,
};
use axum::{Json, extract::State};
use http::HeaderMap;
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;

impl Shape for SignUp {
    const MEDIA: Media = Media::FormOrJson;
    const STRICTNESS: Strictness = Strictness::Login;

    fn read(body: Option<&Value>) -> Result<Self, Vec<String>> {
        let mut fields = Fields::of(body, &["object", "record"])?;
        let form = Self {
            name: fields.text("name"),
            email: fields.email("email"),
            password: fields.filled_text("password").into(),
            image: fields.optional_text("image"),
            lifetime: {
                fields.optional_text("callbackURL");
                Lifetime::remembering(fields.optional_bool("rememberMe"))
            },
        };
        fields.finish(form)
    }
}

#[derive(Serialize)]
pub struct SignedUp {
    token: String,
    user: wire::User,
}

/// Makes the account and signs the browser in.
pub async fn sign_up(
    State(app): State<Arc<App>>,
    origin: Origin,
    Checked(form): Checked<SignUp>,
) -> Result<(HeaderMap, Json<SignedUp>), Problem> {
    let lifetime = form.lifetime;
    let signed_in = flows::sign_up::sign_up(&app, form, origin).await?;
    let mut answer = Answer::default();
    answer.sign_in(&app, &signed_in.token, lifetime);
    Ok((answer.finish(), Json(SignedUp { token: signed_in.token, user: signed_in.user.into() })))
}
