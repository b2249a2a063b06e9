//! Linear: OAuth with rotating tokens, GraphQL, one webhook per workspace.

mod api;
mod hooks;
mod sign_in;
mod tokens;

pub(crate) use sign_in::SIGN_IN;

use crate::{
    Account, Call, CallError, Endpoints, Freshness, Installations, Keys, Provider, ReadError, Reading, Refresh,
    Revocation, Scopes, Vendor, Verified, WebhookScheme,
};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use oauth::{ClientAuth, Grant};
use outbound::Answer;
use serde_json::Value;
use url::{ParseError, Url};

pub(crate) static PROVIDER: Provider = Provider {
    slug: "linear",
    name: "Linear",
    docs: "https://linear.app/developers/oauth-2-0-authentication",
    keys: Keys {
        client_id: "LINEAR_CLIENT_ID",
        client_secret: "LINEAR_CLIENT_SECRET",
        redirect_uri: "LINEAR_REDIRECT_URI",
        webhook_secret: "LINEAR_WEBHOOK_SECRET",
        base_url: "LINEAR_BASE_URL",
        app: None,
    },
    endpoints,
    scopes: Scopes { default: &["read", "write"], separator: "," },
    client_auth: ClientAuth::Body,
    // Without it a person's second workspace cannot be connected: the first is taken again, silently.
    authorize_extra: &[("prompt", "consent")],
    // Tokens live for 24 hours.
    refresh: Refresh::Rotating { ahead: TimeDelta::minutes(30) },
    webhook: WebhookScheme {
        signature_header: "linear-signature",
        prefix: "",
        // The header `Linear-Timestamp` is not signed; the body is.
        freshness: Freshness::BodyMillis { field: "webhookTimestamp", tolerance: TimeDelta::seconds(60) },
        event_header: "linear-event",
        delivery_header: "linear-delivery",
        max_bytes: 4 * 1024 * 1024,
    },
    sign_in: Some(&SIGN_IN),
    vendor: &Linear,
};

/// One cloud, or one host that plays all its parts.
fn endpoints(base: Option<&Url>) -> Result<Endpoints, ParseError> {
    let web = base.map_or("https://linear.app", Url::as_str).trim_end_matches('/');
    let api = base.map_or("https://api.linear.app", Url::as_str).trim_end_matches('/');
    Ok(Endpoints {
        authorize: Url::parse(&format!("{web}/oauth/authorize"))?,
        token: Url::parse(&format!("{api}/oauth/token"))?,
        revoke: Some(Url::parse(&format!("{api}/oauth/revoke"))?),
        api: Url::parse(api)?,
        web: Url::parse(web)?,
    })
}

struct Linear;

impl Vendor for Linear {
    fn read_token_answer(&self, answer: Value) -> Value {
        tokens::read(answer)
    }

    fn identify<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Result<Account, CallError>> {
        Box::pin(api::identify(call))
    }

    fn revoke<'a>(&'a self, call: Call<'a>, grant: &'a Grant) -> BoxFuture<'a, Result<Revocation, CallError>> {
        Box::pin(api::revoke(call, grant))
    }

    fn pause(&self, answer: &Answer, now: DateTime<Utc>) -> Option<TimeDelta> {
        api::asked_pause(answer, now)
    }

    fn read(&self, delivery: &Verified) -> Result<Reading, ReadError> {
        hooks::read(delivery)
    }

    /// A workspace is connected by a person's consent.
    fn installations(&self) -> Option<&dyn Installations> {
        None
    }
}
