//! GitHub: OAuth apps, GitHub Apps with expiring user tokens, installations, webhooks, streams; github.com, GHE.com and
//! GitHub Enterprise Server.

mod api;
mod app;
mod arrival;
mod hooks;
mod jwt;
mod missed;
mod registrar;
mod sign_in;
mod streams;
mod tokens;

pub(crate) use sign_in::SIGN_IN;

use crate::{
    Account, AppKeys, Arrival, Auth, Call, CallError, Endpoints, EndpointsError, Installations, Keys, OAuth2,
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
    let app = AppKeys {
        name: "GITHUB_APP_NAME".to_owned(),
        id: "GITHUB_APP_ID".to_owned(),
        private_key: "GITHUB_PRIVATE_KEY".to_owned(),
        private_key_path: "GITHUB_PRIVATE_KEY_PATH".to_owned(),
    };
    Provider {
        slug: "github".to_owned(),
        name: "GitHub".to_owned(),
        docs: "https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps".to_owned(),
        verified: true,
        keys: Keys { webhook_secret: Some("GITHUB_WEBHOOK_SECRET".to_owned()), app: Some(app), ..Keys::of("GITHUB") },
        auth: Auth::OAuth2(OAuth2 {
            // GitHub Apps ignore scopes: theirs are permissions, set at GitHub.
            scopes: Scopes::of(&["repo", "read:org", "read:user", "user:email"], " "),
            pkce: Pkce::S256,
            client_auth: ClientAuth::Body,
            token_body: TokenBody::Form,
            authorize_extra: Vec::new(),
            token_extra: Vec::new(),
            // A refresh kills the old access token at once, and the old refresh token; tokens live for 8 hours.
            refresh: Refresh::Replaced { ahead: TimeDelta::minutes(10), grace: TimeDelta::zero() },
            consent_life: None,
            // `DELETE …/token` ends one token; the other tenants of the same person keep theirs.
            revoke: Revoke::Grant,
        }),
        inputs: Vec::new(),
        placement: Placement::bearer(),
        api_headers: Vec::new(),
        webhook: Some(arrival::webhook()),
        mcp_url: None,
        sign_in: Some(&SIGN_IN),
        vendor: Box::new(GitHub),
    }
}

/// github.com, `https://SUB.ghe.com` (whose API has its own host), or an Enterprise Server (whose API has a path).
fn endpoints(base: Option<&Url>) -> Result<Endpoints, ParseError> {
    let web = base.map_or("https://github.com", Url::as_str).trim_end_matches('/');
    let api = match base.and_then(Url::host_str) {
        None | Some("github.com") => "https://api.github.com".to_owned(),
        Some(host) if host.ends_with(".ghe.com") => format!("https://api.{host}"),
        Some(_) => format!("{web}/api/v3"),
    };
    Ok(Endpoints {
        authorize: Url::parse(&format!("{web}/login/oauth/authorize"))?,
        refresh: None,
        others: Vec::new(),
        token: Url::parse(&format!("{web}/login/oauth/access_token"))?,
        revoke: None,
        api: Url::parse(&api)?,
        web: Url::parse(web)?,
    })
}

struct GitHub;

impl Vendor for GitHub {
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

    /// A person's requests are counted over all of their tokens, an installation's over all of its.
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
        Some(&streams::Data)
    }

    fn installations(&self) -> Option<&dyn Installations> {
        Some(&app::App)
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The three deployments keep their API in three places.
    #[test]
    fn every_deployment_has_its_own_api() {
        let api = |base: Option<&str>| {
            let found = endpoints(base.map(|base| base.parse().unwrap()).as_ref()).unwrap();
            (found.token.to_string(), found.api.to_string())
        };
        let expected = |token: &str, api: &str| (token.to_owned(), api.to_owned());
        let public = expected("https://github.com/login/oauth/access_token", "https://api.github.com/");
        assert_eq!(api(None), public);
        assert_eq!(api(Some("https://github.com")), public);
        assert_eq!(
            api(Some("https://octo.ghe.com/")),
            expected("https://octo.ghe.com/login/oauth/access_token", "https://api.octo.ghe.com/")
        );
        assert_eq!(
            api(Some("http://127.0.0.1:5003/github")),
            expected("http://127.0.0.1:5003/github/login/oauth/access_token", "http://127.0.0.1:5003/github/api/v3")
        );
    }
}
