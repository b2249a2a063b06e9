//! `GET /api/auth/list-accounts` and `POST /api/auth/unlink-account`.

use crate::{
    app::App,
    fields::Fields,
    flows,
    http::{
        body::{Media, Shape},
        caller::{Caller, Member},
    },
    origins::Strictness,
    problem::Problem,
    wire::{self, DONE, Done},
};
use axum::{Json, extract::State};
use serde_json::Value;
use std::sync::Arc;

pub async fn list(State(app): State<Arc<App>>, Caller(caller): Caller) -> Result<Json<Vec<wire::Account>>, Problem> {
    Ok(Json(flows::accounts::list(&app, &caller).await?))
}

/// An account, by its row.
pub struct Named(String);

impl Shape for Named {
    const MEDIA: Media = Media::Json;
    const STRICTNESS: Strictness = Strictness::WithCookie;

    fn read(body: Option<&Value>) -> Result<Self, Vec<String>> {
        let mut fields = Fields::of(body, &["object"])?;
        let row = fields.text("accountId");
        fields.finish(Self(row))
    }
}

pub async fn unlink(
    State(app): State<Arc<App>>,
    Member { caller, form: Named(row) }: Member<Named>,
) -> Result<Json<Done>, Problem> {
    flows::accounts::unlink(&app, &caller, &row).await?;
    Ok(Json(DONE))
}
