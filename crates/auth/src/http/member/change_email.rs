//! `POST /api/auth/change-email`.

use crate::{
    app::App,
    fields::Fields,
    flows,
    http::{
        body::{Media, Shape},
        caller::Member,
    },
    origins::Strictness,
    problem::Problem,
    wire::{DONE, Done},
};
use axum::{Json, extract::State};
use serde_json::Value;
use std::sync::Arc;

pub struct Wanted {
    new_email: String,
    callback_url: Option<String>,
}

impl Shape for Wanted {
    const MEDIA: Media = Media::Json;
    const STRICTNESS: Strictness = Strictness::WithCookie;

    fn read(body: Option<&Value>) -> Result<Self, Vec<String>> {
        let mut fields = Fields::of(body, &["object"])?;
        let form = Self { new_email: fields.email("newEmail"), callback_url: fields.optional_text("callbackURL") };
        fields.finish(form)
    }
}

/// The same answer whether or not somebody else has the address.
pub async fn change_email(
    State(app): State<Arc<App>>,
    Member { caller, form }: Member<Wanted>,
) -> Result<Json<Done>, Problem> {
    flows::change_email::request(&app, &caller, &form.new_email, form.callback_url).await?;
    Ok(Json(DONE))
}
