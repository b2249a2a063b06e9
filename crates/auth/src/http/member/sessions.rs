//! `GET /api/auth/list-sessions`, and `POST /api/auth/revoke-session`, `/revoke-sessions` and `/revoke-other-sessions`.

use crate::{
    app::App,
    fields::Fields,
    flows,
    http::{
        answer::Answer,
        body::{Ignored, Media, Shape},
        caller::{Caller, Member},
    },
    origins::Strictness,
    problem::Problem,
    wire::{self, DONE, Done},
};
use axum::{Json, extract::State};
use serde_json::Value;
use std::sync::Arc;

/// Where the caller is signed in.
pub async fn list(State(app): State<Arc<App>>, Caller(caller): Caller) -> Result<Json<Vec<wire::Session>>, Problem> {
    caller.require_fresh(&app)?;
    Ok(Json(flows::sessions::list(&app, &caller).await?))
}

/// A session, by its token or by what the list calls it.
pub struct Named(String);

impl Shape for Named {
    const MEDIA: Media = Media::Json;
    const STRICTNESS: Strictness = Strictness::WithCookie;

    fn read(body: Option<&Value>) -> Result<Self, Vec<String>> {
        let mut fields = Fields::of(body, &["object"])?;
        let name = fields.text("token");
        fields.finish(Self(name))
    }
}

/// Says the same whether or not there was such a session.
pub async fn revoke(
    State(app): State<Arc<App>>,
    Member { caller, form: Named(name) }: Member<Named>,
) -> Result<Json<Done>, Problem> {
    flows::sessions::end_one(&app, &caller, &name).await?;
    Ok(Json(DONE))
}

pub async fn revoke_all(
    State(app): State<Arc<App>>,
    answer: Answer,
    Member { caller, .. }: Member<Ignored>,
) -> Result<Json<Done>, Problem> {
    flows::sessions::end_all(&app, &caller).await?;
    answer.sign_out(&app);
    Ok(Json(DONE))
}

pub async fn revoke_others(
    State(app): State<Arc<App>>,
    Member { caller, .. }: Member<Ignored>,
) -> Result<Json<Done>, Problem> {
    flows::sessions::end_others(&app, &caller).await?;
    Ok(Json(DONE))
}
