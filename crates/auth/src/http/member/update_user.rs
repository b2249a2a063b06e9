//! `POST /api/auth/update-user` and `/update-session`.

use crate::{
    app::App,
    fields::Fields,
    flows::{self, session::SignedIn, update_user::Change},
    http::{
        answer::Answer,
        body::{Ignored, Media, Shape},
        caller::Member,
    },
    origins::Strictness,
    problem::Problem,
    wire::{DONE, Done},
};
use axum::{Json, extract::State};
use serde_json::Value;
use std::sync::Arc;

impl Shape for Change {
    const MEDIA: Media = Media::Json;
    const STRICTNESS: Strictness = Strictness::WithCookie;

    fn read(body: Option<&Value>) -> Result<Self, Vec<String>> {
        let mut fields = Fields::of(body, &["record"])?;
        let has_email = body.is_some_and(|body| body.get("email").is_some_and(|email| !email.is_null()));
        let change =
            Self { name: fields.optional_text("name"), image: fields.optional_nullable_text("image"), has_email };
        fields.finish(change)
    }
}

/// Members we do not know are no fields, so that nobody makes themself an administrator here.
pub async fn update_user(
    State(app): State<Arc<App>>,
    answer: Answer,
    Member { caller, form }: Member<Change>,
) -> Result<Json<Done>, Problem> {
    let user = flows::update_user::update(&app, &caller, form).await?;
    answer.sign_in(&app, &SignedIn { user, ..*caller });
    Ok(Json(DONE))
}

/// Better Auth lets hosts add fields to a session; ours have none.
pub async fn update_session(_: Member<Ignored>) -> Problem {
    Problem::NothingToUpdate
}
