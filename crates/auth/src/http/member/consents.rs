//! `GET /api/auth/list-consents` and `POST /api/auth/revoke-consent`.

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

/// Which clients the caller lets act for them.
pub async fn list(State(app): State<Arc<App>>, Caller(caller): Caller) -> Result<Json<Vec<wire::Consent>>, Problem> {
    Ok(Json(flows::oauth2::consents::list(&app, &caller).await?))
}

/// A consent, by its id.
pub struct Named(String);

impl Shape for Named {
    const MEDIA: Media = Media::Json;
    const STRICTNESS: Strictness = Strictness::WithCookie;

    fn read(body: Option<&Value>) -> Result<Self, Vec<String>> {
        let mut fields = Fields::of(body, &["object"])?;
        let id = fields.text("id");
        fields.finish(Self(id))
    }
}

/// Says the same whether or not there was such a consent.
pub async fn withdraw(
    State(app): State<Arc<App>>,
    Member { caller, form: Named(id) }: Member<Named>,
) -> Result<Json<Done>, Problem> {
    flows::oauth2::consents::withdraw(&app, &caller, &id).await?;
    Ok(Json(DONE))
}
