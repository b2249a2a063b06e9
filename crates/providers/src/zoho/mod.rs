//! Zoho: one accounts server and one API a data centre. Where a person lives decides which of them knows their codes and
//! tokens, and only the redirect says where that is.

mod api;
mod arrival;
mod hooks;
mod modules;
mod places;
mod registrar;
mod shape;
mod streams;
mod tokens;

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
use url::Url;

/// The CRM, and who the person and their organization are.
const SCOPES: [&str; 6] = [
    "ZohoCRM.modules.ALL",
    "ZohoCRM.settings.READ",
    "ZohoCRM.notifications.ALL",
    "ZohoCRM.org.READ",
    "ZohoCRM.users.READ",
    "AaaServer.profile.READ",
];

pub(crate) fn provider() -> Provider {
    Provider {
        slug: "zoho".to_owned(),
        name: "Zoho".to_owned(),
        docs: "https://www.zoho.com/accounts/protocol/oauth/multi-dc.html".to_owned(),
        verified: true,
        keys: Keys::of("ZOHO"),
        auth: Auth::OAuth2(OAuth2 {
            scopes: Scopes::of(&SCOPES, ","),
            pkce: Pkce::Unsupported,
            client_auth: ClientAuth::Body,
            token_body: TokenBody::Form,
            // Without both of them a person who has consented before is given no refresh token.
            authorize_extra: [("access_type", "offline"), ("prompt", "consent")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            token_extra: Vec::new(),
            // Tokens live for an hour. Whoever asks too often has to wait for ten minutes, in which the old one still
            // serves.
            refresh: Refresh::Kept { ahead: TimeDelta::minutes(15) },
            consent_life: None,
            // Every consent has a refresh token of its own, and only that one ends.
            revoke: Revoke::Grant,
        }),
        inputs: vec![Input {
            name: "data_center".to_owned(),
            about: "Where the consent page is asked for. Zoho leads a person on to their own data centre, except into \
                    China and out of it."
                .to_owned(),
            example: "eu".to_owned(),
            required: false,
            kind: InputKind::OneOf(places::names()),
            query: None,
        }],
        placement: Placement::Scheme(api::SCHEME.to_owned()),
        api_headers: Vec::new(),
        webhook: Some(arrival::webhook()),
        mcp_url: None,
        sign_in: None,
        vendor: Box::new(Zoho),
    }
}

struct Zoho;

impl Vendor for Zoho {
    fn endpoints(&self, base: Option<&Url>, parameters: &Parameters) -> Result<Endpoints, EndpointsError> {
        places::endpoints(base, parameters)
    }

    fn read_redirect(&self, query: &Parameters) -> Parameters {
        places::said(query)
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

    /// Credits are an organisation's.
    fn pool(&self, _: &HeaderMap) -> Pool {
        Pool::Organization
    }

    fn quota(&self, _: &HeaderMap, _: DateTime<Utc>) -> Option<Quota> {
        None
    }

    fn webhooks(&self) -> Option<&dyn Webhooks> {
        Some(self)
    }

    fn streams(&self) -> Option<&dyn Streams> {
        Some(&streams::ZohoStreams)
    }

    /// An organization is connected by a person's consent.
    fn installations(&self) -> Option<&dyn Installations> {
        None
    }
}

impl Webhooks for Zoho {
    /// Zoho never looks at an address before it calls there.
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
        Some(&registrar::ZohoHooks)
    }
}
