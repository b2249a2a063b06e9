//! Jira and Confluence: one grant of an Atlassian account opens every site that the person picked.

mod api;
mod arrival;
mod hooks;
mod moment;
mod registrar;
mod sign_in;
mod sites;
mod streams;
mod tokens;
mod whose;

pub(crate) use sign_in::SIGN_IN;

use crate::{
    Account, Arrival, Auth, Call, CallError, Endpoints, EndpointsError, Installations, Keys, OAuth2, Placement, Pool,
    Provider, Quota, ReadError, Reading, Refresh, Refused, Registrar, Revocation, Revoke, Scopes, Streams, Unverified,
    Vendor, Verified, Webhooks, sign_in::base_or,
};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use http::HeaderMap;
use kernel::Parameters;
use oauth::{ClientAuth, Grant, Pkce, TokenBody};
use outbound::Answer;
use serde_json::Value;
use url::{ParseError, Url};

/// Each has to be added to the app in the developer console, or the consent page fails.
const SCOPES: [&str; 8] = [
    "read:me",
    "read:jira-work",
    "read:jira-user",
    // Without it nothing is pushed.
    "manage:jira-webhook",
    "read:confluence-content.summary",
    // The pages' API takes no other.
    "read:page:confluence",
    "search:confluence",
    "offline_access",
];

pub(crate) fn provider() -> Provider {
    let fixed = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Provider {
        slug: "jira".to_owned(),
        name: "Jira and Confluence".to_owned(),
        docs: "https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/".to_owned(),
        verified: true,
        // Of webhooks that an administrator sets up. What we register is signed with the client's secret.
        keys: Keys { webhook_secret: Some("JIRA_WEBHOOK_SECRET".to_owned()), ..Keys::of("JIRA") },
        auth: Auth::OAuth2(OAuth2 {
            // The first says whose the grant is, and without the second it ends after an hour.
            scopes: Scopes::of(&SCOPES, " ").always(&["read:me", "offline_access"]),
            // Not in the documentation; beside the secret it is taken.
            pkce: Pkce::S256,
            client_auth: ClientAuth::Body,
            token_body: TokenBody::Form,
            // Both are required, literally.
            authorize_extra: vec![fixed("audience", "api.atlassian.com"), fixed("prompt", "consent")],
            token_extra: Vec::new(),
            // Tokens live for an hour. A used refresh token may come once more within ten minutes ("leeway"), for an
            // answer that was lost.
            refresh: Refresh::Replaced { ahead: TimeDelta::minutes(5), grace: TimeDelta::minutes(10) },
            // Older copies of the documentation speak of 365 days, today's does not: people are not sent to reconnect on
            // the strength of that. If it is so, the vendor's refusal says it.
            consent_life: None,
            // The person removes the app at id.atlassian.com, under connected apps.
            revoke: Revoke::Nowhere,
        }),
        inputs: Vec::new(),
        placement: Placement::bearer(),
        api_headers: Vec::new(),
        webhook: Some(arrival::webhook()),
        mcp_url: None,
        sign_in: Some(&SIGN_IN),
        vendor: Box::new(Jira),
    }
}

/// The API stands before all sites: a site's own address takes no such token.
fn endpoints(base: Option<&Url>) -> Result<Endpoints, ParseError> {
    let accounts = base_or(base, "https://auth.atlassian.com");
    Ok(Endpoints {
        authorize: Url::parse(&format!("{accounts}/authorize"))?,
        token: Url::parse(&format!("{accounts}/oauth/token"))?,
        refresh: None,
        revoke: None,
        api: Url::parse(base_or(base, "https://api.atlassian.com"))?,
        web: Url::parse(base_or(base, "https://id.atlassian.com"))?,
        others: Vec::new(),
    })
}

struct Jira;

impl Vendor for Jira {
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

    fn revoke<'a>(&'a self, _: Call<'a>, _: &'a Grant) -> BoxFuture<'a, Result<Revocation, CallError>> {
        Box::pin(std::future::ready(Ok(Revocation::NotOffered)))
    }

    fn pause(&self, answer: &Answer, now: DateTime<Utc>) -> Option<TimeDelta> {
        api::asked_pause(answer, now)
    }

    /// `jira-quota-global-based` is the app's at all sites; the other quotas and bursts are narrower.
    fn pool(&self, headers: &HeaderMap) -> Pool {
        let reason = headers.get("ratelimit-reason").and_then(|reason| reason.to_str().ok()).unwrap_or_default();
        if reason.contains("global") { Pool::App } else { Pool::Account }
    }

    fn quota(&self, headers: &HeaderMap, _: DateTime<Utc>) -> Option<Quota> {
        api::quota(headers)
    }

    fn webhooks(&self) -> Option<&dyn Webhooks> {
        Some(&Pushes)
    }

    fn streams(&self) -> Option<&dyn Streams> {
        Some(&streams::Data)
    }

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

    fn arrive(&self, request: &Verified, now: DateTime<Utc>) -> Result<Arrival, Refused> {
        arrival::read(request, now)
    }

    fn read(&self, delivery: &Verified) -> Result<Reading, ReadError> {
        hooks::read(delivery)
    }

    fn registrar(&self) -> Option<&dyn Registrar> {
        Some(&registrar::Hooks)
    }
}
