//! `POST /api/auth/change-password` and `/verify-password`.

use crate::{
    app::App,
    fields::Fields,
    flows::{
        self,
        own_password::{Change, Others},
        session::Origin,
    },
    http::{
        answer::Answer,
        body::{Media, Shape},
        caller::Member,
    },
    origins::Strictness,
    problem::Problem,
    wire::{self, DONE, Done},
};
use axum::{Json, extract::State};
use kernel::Secret;
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;

impl Shape for Change {
    const MEDIA: Media = Media::Json;
    const STRICTNESS: Strictness = Strictness::WithCookie;

    fn read(body: Option<&Value>) -> Result<Self, Vec<String>> {
        let mut fields = Fields::of(body, &["object"])?;
        let change = Self {
            new: fields.text("newPassword").into(),
            current: fields.text("currentPassword").into(),
            others: match fields.optional_bool("revokeOtherSessions") {
                Some(true) => Others::SignedOut,
                Some(false) | None => Others::Stay,
            },
        };
        fields.finish(change)
    }
}

#[derive(Serialize)]
pub struct Changed {
    /// The new session's, where the old ones ended.
    token: Option<String>,
    user: wire::User,
}

pub async fn change(
    State(app): State<Arc<App>>,
    answer: Answer,
    origin: Origin,
    Member { caller, form }: Member<Change>,
) -> Result<Json<Changed>, Problem> {
    let (user, renewed) = flows::own_password::change(&app, &caller, form, origin).await?;
    if let Some(renewed) = &renewed {
        answer.sign_in(&app, renewed);
    }
    Ok(Json(Changed { token: renewed.map(|renewed| renewed.token), user: user.into() }))
}

pub struct Claimed(Secret);

impl Shape for Claimed {
    const MEDIA: Media = Media::Json;
    const STRICTNESS: Strictness = Strictness::WithCookie;

    fn read(body: Option<&Value>) -> Result<Self, Vec<String>> {
        let mut fields = Fields::of(body, &["object"])?;
        let password = fields.text("password").into();
        fields.finish(Self(password))
    }
}

pub async fn verify(
    State(app): State<Arc<App>>,
    Member { caller, form: Claimed(password) }: Member<Claimed>,
) -> Result<Json<Done>, Problem> {
    flows::own_password::prove(&app, &caller.user, password).await?;
    Ok(Json(DONE))
}
