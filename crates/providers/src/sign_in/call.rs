//! A call to a vendor's API for a person's profile.

use super::SignInEndpoints;
use crate::{
    CallError,
    call::{Authorization, Body, Request, json, send},
};
use chrono::DateTime;
use http::{Method, StatusCode};
use kernel::Secret;
use outbound::Answer;
use serde_json::{Map, Value};
use url::Url;

/// What a vendor's code needs to find out who signed in.
#[derive(Clone, Copy)]
pub struct SignInCall<'a> {
    pub client: &'a outbound::Client,
    pub endpoints: &'a SignInEndpoints,
    pub access_token: &'a Secret,
    /// The claims of the id token, once all of it was verified. A vendor with rules for one does not answer without.
    pub id_claims: Option<&'a Map<String, Value>>,
}

impl<'a> SignInCall<'a> {
    pub(crate) async fn get(
        &self,
        url: Url,
        headers: &'static [(&'static str, &'static str)],
    ) -> Result<Answer, CallError> {
        self.ask(Method::GET, url, headers, Body::None).await
    }

    /// With the access token as bearer. A browser waits for the answer, so a pause that the vendor asks for is not kept:
    /// it ends the sign-in, and no clock is needed to read its length.
    pub(crate) async fn ask(
        &self,
        method: Method,
        url: Url,
        headers: &'static [(&'static str, &'static str)],
        body: Body,
    ) -> Result<Answer, CallError> {
        let hosts = self.endpoints.hosts().map_err(|_| CallError::Misconfigured)?;
        let authorization = Authorization::Bearer(self.access_token);
        let request = Request { method, url, authorization, headers, body, pause: |_, _| None };
        send(&hosts, self.client, request, DateTime::UNIX_EPOCH).await
    }

    /// The verified claims of a vendor that always gives an id token.
    pub(crate) fn claims(&self) -> Result<&'a Map<String, Value>, CallError> {
        self.id_claims.ok_or(CallError::Unreadable)
    }
}

/// The JSON of a 2xx.
pub(crate) fn success(answer: &Answer) -> Result<Value, CallError> {
    match answer.status {
        status if status.is_success() => json(answer),
        StatusCode::UNAUTHORIZED => Err(CallError::Unauthorized),
        StatusCode::NOT_FOUND => Err(CallError::NotFound),
        _ => Err(CallError::Refused),
    }
}
