//! `POST /api/auth/sign-up/email`.

use crate::{
    app::App,
    cookies::Lifetime,
    fields::Fields,
    flows::{
        self,
        session::Origin,
        sign_up::{SignUp, SignedUp},
    },
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
            callback_url: fields.optional_text("callbackURL"),
            lifetime: Lifetime::remembering(fields.optional_bool("rememberMe")),
        };
        fields.finish(form)
    }
}

#[derive(Serialize)]
pub struct NewUser {
    /// `null` while the mailbox has to be proven first.
    token: Option<String>,
    user: wire::User,
}

/// Makes the account and signs the browser in.
pub async fn sign_up(
    State(app): State<Arc<App>>,
    answer: Answer,
    origin: Origin,
    Checked(form): Checked<SignUp>,
) -> Result<Json<NewUser>, Problem> {
    Ok(Json(match flows::sign_up::sign_up(&app, form, origin).await? {
        SignedUp::In(signed_in) => {
            answer.sign_in(&app, &signed_in);
            NewUser { token: Some(signed_in.token), user: signed_in.user.into() }
        }
        SignedUp::Pending(user) => NewUser { token: None, user: user.into() },
    }))
}
