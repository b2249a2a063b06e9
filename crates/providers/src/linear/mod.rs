//! Linear: OAuth with rotating tokens, GraphQL, one webhook per workspace.

mod api;
mod arrival;
mod hooks;
mod registrar;
mod sign_in;
mod streams;
mod tokens;

pub(crate) use sign_in::SIGN_IN;

use crate::{
    Account, Arrival, Auth, Call, CallError, Endpoints, EndpointsError, Input, InputKind, Installations, Keys, OAuth2,
    Placement, Pool, Provider, Quota, ReadError, Reading, Refresh, Refused, Registrar, Revocation, Revoke, Scopes,
    Streams, Unverified, Vendor, Verified, Webhooks,
};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use http::HeaderMap;
use kernel::Parameters;
use oauth::{ClientAuth, Grant, Pkce, TokenBody};
use outbound::Answer;
use serde_json::Value;
use url::{ParseError, Url};

pub(crate) fn provider() -> Provider {
    Provider {
        slug: "linear".to_owned(),
        name: "Linear".to_owned(),
        docs: "https://linear.app/developers/oauth-2-0-authentication".to_owned(),
        verified: true,
        keys: Keys { webhook_secret: Some("LINEAR_WEBHOOK_SECRET".to_owned()), ..Keys::of("LINEAR") },
        auth: Auth::OAuth2(OAuth2 {
            scopes: Scopes::of(&["read", "write"], ","),
            pkce: Pkce::S256,
            client_auth: ClientAuth::Body,
            token_body: TokenBody::Form,
            // Without it a person's second workspace cannot be connected: the first is taken again, silently.
            authorize_extra: vec![("prompt".to_owned(), "consent".to_owned())],
            token_extra: Vec::new(),
            // Tokens live for 24 hours. Linear publishes no grace for a refresh token that was used.
            refresh: Refresh::Replaced { ahead: TimeDelta::minutes(30), grace: TimeDelta::zero() },
            consent_life: None,
            // It takes away the person's access to the app.
            revoke: Revoke::Account,
        }),
        inputs: vec![Input {
            name: "actor".to_owned(),
            about: "Whether the app acts as the person or as itself; the latter takes a workspace admin.".to_owned(),
            example: "app".to_owned(),
            required: false,
            kind: InputKind::OneOf(vec!["user".to_owned(), "app".to_owned()]),
            query: Some("actor".to_owned()),
        }],
        placement: Placement::bearer(),
        api_headers: Vec::new(),
        webhook: Some(arrival::webhook()),
        mcp_url: None,
        sign_in: Some(&SIGN_IN),
        vendor: Box::new(Linear),
    }
}

/// One cloud, or one host that plays all its parts.
fn endpoints(base: Option<&Url>) -> Result<Endpoints, ParseError> {
    let web = base.map_or("https://linear.app", Url::as_str).trim_end_matches('/');
    let api = base.map_or("https://api.linear.app", Url::as_str).trim_end_matches('/');
    Ok(Endpoints {
        authorize: Url::parse(&format!("{web}/oauth/authorize"))?,
        refresh: None,
        others: Vec::new(),
        token: Url::parse(&format!("{api}/oauth/token"))?,
        revoke: Some(Url::parse(&format!("{api}/oauth/revoke"))?),
        api: Url::parse(api)?,
        web: Url::parse(web)?,
    })
}

struct Linear;

impl Vendor for Linear {
    fn endpoints(&self, base: Option<&Url>, _: &Parameters) -> Result<Endpoints, EndpointsError> {
        Ok(endpoints(base)?)
    }

    fn read_redirect(&self, _: &Parameters) -> Parameters {
        Parameters::default()
    }

    fn read_token_answer(&self, answer: Value) -> Value {
        tokens::read(answer)
    }

    fn identify<'a>(&'a self, call: Call<'a>, _: &'a Grant) -> BoxFuture<'a, Result<Account, CallError>> {
        Box::pin(api::identify(call))
    }

    fn revoke<'a>(&'a self, call: Call<'a>, grant: &'a Grant) -> BoxFuture<'a, Result<Revocation, CallError>> {
        Box::pin(api::revoke(call, grant))
    }

    fn pause(&self, answer: &Answer, now: DateTime<Utc>) -> Option<TimeDelta> {
        api::asked_pause(answer, now)
    }

    /// Of a person and an app, or of the app's actor in a workspace.
    fn pool(&self, _: &HeaderMap) -> Pool {
        Pool::Account
    }

    fn quota(&self, headers: &HeaderMap, _: DateTime<Utc>) -> Option<Quota> {
        api::quota(headers)
    }

    fn webhooks(&self) -> Option<&dyn Webhooks> {
        Some(&Pushes)
    }

    fn streams(&self) -> Option<&dyn Streams> {
        Some(&streams::LinearStreams)
    }

    /// A workspace is connected by a person's consent.
    fn installations(&self) -> Option<&dyn Installations> {
        None
    }
}

/// What it pushes.
struct Pushes;

impl Webhooks for Pushes {
    fn is_mere_look(&self, _: &Unverified<'_>) -> bool {
        false
    }

    fn arrive(&self, request: &Verified, _: DateTime<Utc>) -> Result<Arrival, Refused> {
        arrival::read(request)
    }

    fn read(&self, delivery: &Verified) -> Result<Reading, ReadError> {
        hooks::read(delivery)
    }

    fn registrar(&self) -> Option<&dyn Registrar> {
        Some(&registrar::Hooks)
    }
}
