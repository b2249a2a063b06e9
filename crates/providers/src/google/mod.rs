//! Google: one client for Calendar, Drive and Gmail, whose scopes add up over consents.

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
    Placement, Pool, Provider, PushKeys, Quota, ReadError, Reading, Refresh, Refused, Registrar, Revocation, Revoke,
    Scopes, Streams, Unverified, Vendor, Verified, Webhooks, sign_in::base_or,
};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use http::HeaderMap;
use kernel::Parameters;
use oauth::{ClientAuth, Grant, Pkce, TokenBody};
use outbound::Answer;
use serde_json::Value;
use url::{ParseError, Url};

/// What files are called and where they lie is enough to list them; whoever has to read them names `drive.readonly`.
const SCOPES: [&str; 6] = [
    "openid",
    "email",
    "profile",
    "https://www.googleapis.com/auth/calendar.readonly",
    "https://www.googleapis.com/auth/drive.metadata.readonly",
    "https://www.googleapis.com/auth/gmail.readonly",
];

pub(crate) fn provider() -> Provider {
    let fixed = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Provider {
        slug: "google".to_owned(),
        name: "Google".to_owned(),
        docs: "https://developers.google.com/identity/protocols/oauth2/web-server".to_owned(),
        verified: true,
        keys: Keys {
            push: Some(PushKeys {
                topic: "GOOGLE_PUBSUB_TOPIC".to_owned(),
                service_account: "GOOGLE_PUBSUB_SERVICE_ACCOUNT".to_owned(),
            }),
            ..Keys::of("GOOGLE")
        },
        auth: Auth::OAuth2(OAuth2 {
            // Without the first there is no `sub`, and without the second nothing tells two accounts of a person apart.
            scopes: Scopes::of(&SCOPES, " ").always(&["openid", "email"]),
            pkce: Pkce::S256,
            client_auth: ClientAuth::Body,
            token_body: TokenBody::Form,
            authorize_extra: vec![
                // Without it there is no refresh token, and without the next one only at the first consent.
                fixed("access_type", "offline"),
                fixed("prompt", "consent"),
                // What was granted before stays granted, and the answer names all of it.
                fixed("include_granted_scopes", "true"),
            ],
            token_extra: Vec::new(),
            // Tokens live for an hour, and a refresh ends none of them.
            refresh: Refresh::Kept { ahead: TimeDelta::minutes(5) },
            // Where a grant has an end (consent screens in "Testing": 7 days), the answer says so.
            consent_life: None,
            // All that the person gave the Google Cloud project, the project's other clients included.
            revoke: Revoke::Account,
        }),
        inputs: vec![Input {
            name: "login_hint".to_owned(),
            about: "The account to offer first, by its e-mail address or `sub`.".to_owned(),
            example: "ann@example.com".to_owned(),
            required: false,
            kind: InputKind::Word(254),
            query: Some("login_hint".to_owned()),
        }],
        placement: Placement::bearer(),
        api_headers: Vec::new(),
        webhook: Some(arrival::webhook()),
        mcp_url: None,
        sign_in: Some(&SIGN_IN),
        vendor: Box::new(Google),
    }
}

/// Every part has a host of its own; a stand-in plays all of them. The APIs of Calendar and Drive share one.
fn endpoints(base: Option<&Url>) -> Result<Endpoints, ParseError> {
    let at = |own: &'static str| base_or(base, own);
    Ok(Endpoints {
        authorize: Url::parse(&format!("{}/o/oauth2/v2/auth", at("https://accounts.google.com")))?,
        token: Url::parse(&format!("{}/token", at("https://oauth2.googleapis.com")))?,
        refresh: None,
        revoke: Some(Url::parse(&format!("{}/revoke", at("https://oauth2.googleapis.com")))?),
        api: Url::parse(at("https://www.googleapis.com"))?,
        web: Url::parse(at("https://myaccount.google.com"))?,
        // Whose the token is, and Gmail.
        others: vec![
            Url::parse(&format!("{}/v1/userinfo", at("https://openidconnect.googleapis.com")))?,
            Url::parse(at("https://gmail.googleapis.com"))?,
        ],
    })
}

struct Google;

impl Vendor for Google {
    fn endpoints(&self, base: Option<&Url>, _: &Parameters) -> Result<Endpoints, EndpointsError> {
        Ok(endpoints(base)?)
    }

    /// It repeats scopes and the account's number in the browser; the token answer and the profile say both better.
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

    /// A project has a quota too; that of an account is met first.
    fn pool(&self, _: &HeaderMap) -> Pool {
        Pool::Account
    }

    fn quota(&self, _: &HeaderMap, _: DateTime<Utc>) -> Option<Quota> {
        None
    }

    fn webhooks(&self) -> Option<&dyn Webhooks> {
        Some(self)
    }

    fn streams(&self) -> Option<&dyn Streams> {
        Some(&streams::GoogleStreams)
    }

    fn installations(&self) -> Option<&dyn Installations> {
        None
    }
}

impl Webhooks for Google {
    /// Whatever Google sends brings a proof.
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
        Some(&registrar::GoogleHooks)
    }
}
