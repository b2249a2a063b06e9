//! `POST /oauth2/consent`: what the person has decided.

use super::{authorize::Carried, pages};
use crate::{
    app::App,
    fields::Fields,
    flows::oauth2::consent,
    http::{
        body::{Media, Shape},
        caller::{Address, Visitor},
    },
    oauth2::{OAuthError, Parameters},
    origins::Strictness,
    problem::Problem,
};
use axum::{extract::State, response::Response};
use http::StatusCode;
use serde_json::Value;
use std::sync::Arc;

/// The form of our own page.
pub struct Form {
    request: String,
    /// Says that the page was ours.
    seal: String,
    decision: Decision,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Decision {
    Allow,
    Deny,
}

impl Shape for Form {
    const MEDIA: Media = Media::FormOrJson;
    const STRICTNESS: Strictness = Strictness::WithCookie;

    fn read(body: Option<&Value>) -> Result<Self, Vec<String>> {
        let mut fields = Fields::of(body, &["object"])?;
        let request = fields.text("request");
        let seal = fields.optional_text("seal").unwrap_or_default();
        // Anything but an outspoken yes is a no.
        let allowed = fields.optional_text("decision").as_deref() == Some("allow");
        let decision = if allowed { Decision::Allow } else { Decision::Deny };
        fields.finish(Self { request, seal, decision })
    }
}

pub async fn consent(
    State(app): State<Arc<App>>,
    Address(address): Address,
    Visitor { caller, form }: Visitor<Form>,
) -> Result<Response, Problem> {
    let request = Parameters::read(form.request.as_bytes());
    let sealed = |session| app.oauth2.forms.holds(&form.seal, session, &request.text());
    let Some(caller) = caller.filter(|caller| sealed(caller.session.id)) else { return Ok(pages::not_ours()) };
    let Carried { target, asked, .. } = match Carried::read(&app, &address, &form.request).await {
        Ok(carried) => carried,
        Err(page) => return page,
    };
    let url = match (asked, form.decision) {
        (Err(OAuthError::Internal(internal)), _) => return Err(internal.into()),
        (Err(error), _) => target.refusal(&app, &error),
        (Ok(_), Decision::Deny) => consent::deny(&app, &target),
        (Ok(asked), Decision::Allow) => match consent::allow(&app, &target, &asked, &caller).await? {
            Some(url) => url,
            None => return Ok(pages::not_ours()),
        },
    };
    Ok(pages::sent(StatusCode::SEE_OTHER, &url))
}
