//! `POST /api/auth/send-verification-email` and `GET /api/auth/verify-email`.

use crate::{
    app::App,
    fields::{Fields, query},
    flows::{
        self,
        session::{Origin, SignedIn},
        verify_email::Opened,
    },
    http::{
        answer::Answer,
        body::{Media, Shape},
        caller::{MaybeCaller, Visitor},
    },
    origins::Strictness,
    problem::{LinkProblem, Problem},
    redirect::with,
    wire::{self, DONE, Done},
};
use axum::{
    Json,
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;

pub struct Wanted {
    email: String,
    callback_url: Option<String>,
}

impl Shape for Wanted {
    const MEDIA: Media = Media::Json;
    const STRICTNESS: Strictness = Strictness::WithCookie;

    fn read(body: Option<&Value>) -> Result<Self, Vec<String>> {
        let mut fields = Fields::of(body, &["object"])?;
        let form = Self { email: fields.email("email"), callback_url: fields.optional_text("callbackURL") };
        fields.finish(form)
    }
}

/// Sends the link again.
pub async fn send(
    State(app): State<Arc<App>>,
    Visitor { caller, form }: Visitor<Wanted>,
) -> Result<Json<Done>, Problem> {
    flows::verify_email::request(&app, caller.as_deref(), &form.email, form.callback_url).await?;
    Ok(Json(DONE))
}

#[derive(Serialize)]
struct Verified {
    status: bool,
    user: Option<wire::User>,
}

/// Opens a mailed link, and goes on to its page if it has one.
pub async fn open(
    State(app): State<Arc<App>>,
    answer: Answer,
    origin: Origin,
    RawQuery(raw): RawQuery,
    MaybeCaller(caller): MaybeCaller,
) -> Result<Response, Problem> {
    let asked = query(raw.as_deref());
    let mut fields = Fields::of_query(&asked);
    let (token, page) = (fields.text("token"), fields.optional_text("callbackURL"));
    let (token, page) = fields.finish((token, page)).map_err(|issues| Problem::Validation(issues.join("; ")))?;
    app.origins.check_callback(page.as_deref())?;
    let page = page.filter(|page| !page.is_empty());
    let opened = flows::verify_email::open(&app, caller.as_deref(), &token, page.as_deref(), origin).await;
    let user = match opened {
        Ok(Opened::Verified(signed_in)) => {
            if let Some(signed_in) = signed_in {
                answer.sign_in(&app, &signed_in);
            }
            None
        }
        Ok(Opened::Confirmed) => None,
        Ok(Opened::Changed(user)) => {
            if let Some(caller) = caller {
                answer.sign_in(&app, &SignedIn { user: user.clone(), ..*caller });
            }
            Some(user.into())
        }
        Err(LinkProblem::Internal(error)) => return Err(error.into()),
        Err(problem) => {
            let Some(page) = page else { return Err(problem.into()) };
            return Ok(answer.found(&with(&page, &[("error", problem.code())])).into_response());
        }
    };
    Ok(match page {
        Some(page) => answer.found(&page).into_response(),
        None => Json(Verified { status: true, user }).into_response(),
    })
}
