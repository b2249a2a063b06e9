//! Slack: an app in a workspace or in a whole organization, with a bot's token, a person's, or both; OpenID Connect to sign
//! in with.

mod api;
mod arrival;
mod hooks;
mod moment;
mod request;
mod sign_in;
mod streams;
mod tokens;

pub(crate) use sign_in::SIGN_IN;

use crate::{
    Account, Arrival, Auth, Call, CallError, Endpoints, EndpointsError, Input, InputKind, Installations, Keys, OAuth2,
    Placement, Pool, Provider, Quota, ReadError, Reading, Refresh, Refused, Registrar, Revocation, Revoke, Scopes,
    Streams, Unverified, Vendor, Verified, Webhooks, sign_in::base_or,
};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use http::HeaderMap;
use kernel::Parameters;
use oauth::{ClientAuth, Grant, Pkce, TokenBody};
use outbound::Answer;
use serde_json::Value;
use url::Url;

/// What the bot asks for: to read conversations and to know who speaks in them.
const BOT_SCOPES: [&str; 10] = [
    "channels:read",
    "channels:history",
    "groups:read",
    "groups:history",
    "im:history",
    "mpim:history",
    "users:read",
    "users:read.email",
    "team:read",
    "reactions:read",
];

pub(crate) fn provider() -> Provider {
    Provider {
        slug: "slack".to_owned(),
        name: "Slack".to_owned(),
        docs: "https://docs.slack.dev/authentication/installing-with-oauth".to_owned(),
        verified: true,
        keys: Keys { webhook_secret: Some("SLACK_SIGNING_SECRET".to_owned()), ..Keys::of("SLACK") },
        auth: Auth::OAuth2(OAuth2 {
            scopes: Scopes::of(&BOT_SCOPES, ","),
            // An app that takes PKCE becomes a public client, for good, and its refresh tokens end after 30 days; an
            // ordinary one answers `pkce_not_allowed`.
            pkce: Pkce::Unsupported,
            client_auth: ClientAuth::Basic,
            token_body: TokenBody::Form,
            authorize_extra: Vec::new(),
            token_extra: Vec::new(),
            // Where the app rotates, tokens live for 12 hours, and Slack's own library renews in the last two. A used
            // refresh token is taken again for a short while, the length of which is not published: a minute is asked of
            // it at most. Where the app does not rotate, there is no refresh token and no end.
            refresh: Refresh::Replaced { ahead: TimeDelta::hours(2), grace: TimeDelta::minutes(1) },
            consent_life: None,
            // Without rotation `auth.revoke` takes the whole authorisation along, and a workspace has one bot token of an
            // app: all tenants that connected the workspace hold the same.
            revoke: Revoke::Organization,
        }),
        inputs: inputs(),
        placement: Placement::bearer(),
        api_headers: Vec::new(),
        webhook: Some(arrival::webhook()),
        mcp_url: None,
        sign_in: Some(&SIGN_IN),
        vendor: Box::new(Slack),
    }
}

fn inputs() -> Vec<Input> {
    let user_scope = Input {
        name: "user_scope".to_owned(),
        about: "Scopes for a token that acts as the person, separated by commas; with no other scopes, the only token."
            .to_owned(),
        example: "search:read,chat:write".to_owned(),
        required: false,
        kind: InputKind::Word(1000),
        query: Some("user_scope".to_owned()),
    };
    let team = Input {
        name: "team".to_owned(),
        about: "The id of the workspace that the consent page starts with.".to_owned(),
        example: "T0123456789".to_owned(),
        required: false,
        kind: InputKind::Word(32),
        query: Some("team".to_owned()),
    };
    vec![user_scope, team]
}

/// One host plays all parts: slack.com, or GovSlack's slack-gov.com as the base.
fn endpoints(base: Option<&Url>) -> Result<Endpoints, url::ParseError> {
    let web = base_or(base, "https://slack.com");
    Ok(Endpoints {
        authorize: Url::parse(&format!("{web}/oauth/v2/authorize"))?,
        token: Url::parse(&format!("{web}/api/oauth.v2.access"))?,
        refresh: None,
        revoke: None,
        api: Url::parse(&format!("{web}/api"))?,
        web: Url::parse(web)?,
        others: Vec::new(),
    })
}

struct Slack;

impl Vendor for Slack {
    fn endpoints(&self, base: Option<&Url>, _: &Parameters) -> Result<Endpoints, EndpointsError> {
        Ok(endpoints(base)?)
    }

    fn read_redirect(&self, _: &Parameters) -> Parameters {
        Parameters::default()
    }

    fn read_token_answer(&self, answer: Value) -> Value {
        tokens::read(answer)
    }

    fn identify<'a>(&'a self, call: Call<'a>, grant: &'a Grant) -> BoxFuture<'a, Result<Account, CallError>> {
        Box::pin(api::identify(call, grant))
    }

    fn revoke<'a>(&'a self, call: Call<'a>, grant: &'a Grant) -> BoxFuture<'a, Result<Revocation, CallError>> {
        Box::pin(api::revoke(call, grant))
    }

    fn pause(&self, answer: &Answer, now: DateTime<Utc>) -> Option<TimeDelta> {
        api::asked_pause(answer, now)
    }

    /// Per method, workspace and app.
    fn pool(&self, _: &HeaderMap) -> Pool {
        Pool::Method
    }

    fn quota(&self, _: &HeaderMap, _: DateTime<Utc>) -> Option<Quota> {
        None
    }

    fn webhooks(&self) -> Option<&dyn Webhooks> {
        Some(&Pushes)
    }

    fn streams(&self) -> Option<&dyn Streams> {
        Some(&streams::SlackStreams)
    }

    /// A workspace is connected by a person's consent.
    fn installations(&self) -> Option<&dyn Installations> {
        None
    }
}

/// What it pushes.
struct Pushes;

impl Webhooks for Pushes {
    fn is_mere_look(&self, request: &Unverified<'_>) -> bool {
        arrival::is_mere_look(request)
    }

    fn arrive(&self, request: &Verified, _: DateTime<Utc>) -> Result<Arrival, Refused> {
        arrival::read(request)
    }

    fn read(&self, delivery: &Verified) -> Result<Reading, ReadError> {
        hooks::read(delivery)
    }

    /// The address and the events stand in the app's own settings, once for all workspaces.
    fn registrar(&self) -> Option<&dyn Registrar> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `GovSlack` is another host with the same paths.
    #[test]
    fn another_base_moves_every_address() {
        let at = |base: Option<&str>| {
            let base = base.map(|base| base.parse::<Url>().unwrap());
            let found = endpoints(base.as_ref()).unwrap();
            [found.authorize, found.token, found.api, found.web].map(String::from)
        };
        let expected = |host: &str| {
            ["oauth/v2/authorize", "api/oauth.v2.access", "api", ""].map(|path| format!("https://{host}/{path}"))
        };
        assert_eq!(at(None), expected("slack.com"));
        assert_eq!(at(Some("https://slack-gov.com/")), expected("slack-gov.com"));
    }
}
