//! `POST /api/auth/delete-user` and `GET /api/auth/delete-user/callback`.

use crate::{
    app::App,
    fields::{Fields, query},
    flows::{
        self,
        delete_user::{Deletion, Outcome},
    },
    http::{
        answer::Answer,
        body::{Media, Shape},
        caller::{Caller, Member},
    },
    origins::Strictness,
    problem::Problem,
};
use axum::{
    Json,
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;

impl Shape for Deletion {
    const MEDIA: Media = Media::Json;
    const STRICTNESS: Strictness = Strictness::WithCookie;

    fn read(body: Option<&Value>) -> Result<Self, Vec<String>> {
        let Some(body) = body else { return Ok(Self { password: None, token: None, callback_url: None }) };
        let mut fields = Fields::of(Some(body), &["object"])?;
        let deletion = Self {
            password: fields.optional_text("password").map(Into::into),
            token: fields.optional_text("token"),
            callback_url: fields.optional_text("callbackURL"),
        };
        fields.finish(deletion)
    }
}

#[derive(Serialize)]
pub struct Deleted {
    success: bool,
    message: &'static str,
}

const DELETED: Deleted = Deleted { success: true, message: "User deleted" };

pub async fn delete(
    State(app): State<Arc<App>>,
    answer: Answer,
    Member { caller, form }: Member<Deletion>,
) -> Result<Json<Deleted>, Problem> {
    Ok(Json(match flows::delete_user::request(&app, &caller, form).await? {
        Outcome::Deleted => {
            answer.sign_out(&app);
            DELETED
        }
        Outcome::Mailed => Deleted { success: true, message: "Verification email sent" },
    }))
}

/// The mailed link, opened in a browser where its person is signed in.
pub async fn open(
    State(app): State<Arc<App>>,
    answer: Answer,
    RawQuery(raw): RawQuery,
    caller: Result<Caller, Problem>,
) -> Result<Response, Problem> {
    let asked = query(raw.as_deref());
    let mut fields = Fields::of_query(&asked);
    let (token, page) = (fields.text("token"), fields.optional_text("callbackURL"));
    let (token, page) = fields.finish((token, page)).map_err(|issues| Problem::Validation(issues.join("; ")))?;
    app.origins.check_callback(page.as_deref())?;
    let Caller(caller) = caller?;
    flows::delete_user::by_link(&app, &caller, &token).await?;
    answer.sign_out(&app);
    Ok(match page.filter(|page| !page.is_empty()) {
        Some(page) => answer.found(&page).into_response(),
        None => Json(DELETED).into_response(),
    })
}
