//! From consent to the end of a grant, with every entry.

use crate::catalogue::{
    addresses::started,
    server::{Part, Stage},
    world::{all, configured, examples},
};
use chrono::{DateTime, TimeDelta, Utc};
use http::{Method, StatusCode, header};
use kernel::Secret;
use oauth::{Grant, Pkce, Refusal, TokenError};
use outbound::HostPolicy;
use providers::{
    Call, CallError, Configured, Provider, Refresh, Revocation, Revoke,
    catalogue::{Entry, Kind},
};
use std::{collections::BTreeMap, sync::Arc};
use url::Url;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).unwrap()
}

/// A server that plays all entries, and the client that calls it.
struct Theatre {
    stage: Stage,
    base: String,
    client: outbound::Client,
}

impl Theatre {
    async fn new() -> Self {
        let stage = Stage::default();
        let base = stage.serve().await;
        Self { stage, base, client: outbound::Client::new("contract").unwrap() }
    }

    fn play(&self, entry: &'static Entry, provider: &Arc<Provider>) -> Configured {
        let own = configured(provider, None, &examples(provider)).unwrap().endpoints;
        let place = |url: &Url| {
            let fixed: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
            let path = url.as_str().trim_start_matches("https://").split('?').next().unwrap_or_default().to_owned();
            (path, fixed)
        };
        self.stage.add(Part {
            entry,
            authorize: place(&own.authorize),
            token: place(&own.token),
            refresh: place(own.refresh.as_ref().unwrap_or(&own.token)),
            revoke: own.revoke.as_ref().map(place),
            account: own.others.first().map(place),
            live: crate::catalogue::server::Live::default(),
        });
        let base = format!("{}/{}", self.base, entry.slug);
        configured(provider, Some(&base), &examples(provider)).unwrap()
    }

    /// The person's browser: through the consent page and back.
    async fn consent(&self, ready: &Configured) -> (Secret, Option<Secret>) {
        let slug = &ready.provider.slug;
        let started = started(ready, "a state").unwrap();
        let hosts = HostPolicy::allow([self.base.as_str()]).unwrap();
        let request = self.client.request(&hosts, Method::GET, &started.url).unwrap();
        let answer = self.client.send(request, 10_000).await.unwrap();
        let said = String::from_utf8_lossy(&answer.body);
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{slug}'s consent page sees {said}");
        let back: Url = answer.headers[header::LOCATION].to_str().unwrap().parse().unwrap();
        let found = |name: &str| back.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        assert_eq!(found("state").as_deref(), Some("a state"), "{slug} loses the state");
        let verifier = (ready.provider.oauth().unwrap().pkce == Pkce::S256).then_some(started.verifier);
        (Secret::from(found("code").unwrap()), verifier)
    }

    async fn exchange(&self, ready: &Configured) -> Result<Grant, TokenError> {
        let (code, verifier) = self.consent(ready).await;
        let read = |answer| ready.provider.vendor.read_token_answer(answer);
        let endpoint = ready.token_endpoint(&self.client, &read, now()).unwrap();
        endpoint.exchange(&code, &ready.settings.redirect_uri, verifier.as_ref()).await
    }

    async fn refresh(&self, ready: &Configured, token: &Secret) -> Result<Grant, TokenError> {
        let read = |answer| ready.provider.vendor.read_token_answer(answer);
        ready.refresh_endpoint(&self.client, &read, now()).unwrap().refresh(token).await
    }
}

/// Consent, exchange, account, refresh, and the end, at each of them as strictly as the entry says.
#[tokio::test]
async fn every_entry_goes_through_the_whole_flow() {
    let theatre = Theatre::new().await;
    let mut went = 0;
    for (entry, provider) in all() {
        let Kind::OAuth2(oauth2) = &entry.kind else { continue };
        let slug = &entry.slug;
        let ready = theatre.play(entry, &provider);
        let grant = theatre.exchange(&ready).await.unwrap_or_else(|error| panic!("{slug} exchanges no code: {error}"));
        assert_eq!(grant.scopes, ["a", "b"], "{slug} does not read the scopes");
        let lifetime = oauth2.token_lifetime.unwrap_or(TimeDelta::hours(1));
        assert_eq!(grant.expires_at, Some(now() + lifetime), "{slug} does not read the token's end");

        let call = Call::new(&ready, &theatre.client, &grant.access_token, now());
        let account = provider.vendor.identify(call, &grant).await;
        let account = account.unwrap_or_else(|error| panic!("{slug} names no account: {error}"));
        assert_eq!(account.id, "account-7", "{slug} names another account");

        let grant = refreshed(&theatre, &ready, entry, grant).await;
        ended(&theatre, &ready, entry, &grant).await;
        went += 1;
    }
    assert!(went >= 150, "only {went} entries went through");
}

/// The grant after a refresh. What was replaced is dead, what was kept is not.
async fn refreshed(theatre: &Theatre, ready: &Configured, entry: &Entry, grant: Grant) -> Grant {
    let slug = &entry.slug;
    let refresh = ready.provider.refresh();
    let Some(first) = grant.refresh_token.clone() else {
        assert_eq!(refresh, Refresh::Never, "{slug} got no refresh token");
        return grant;
    };
    let renewed = theatre.refresh(ready, &first).await;
    let renewed = renewed.unwrap_or_else(|error| panic!("{slug} refreshes no token: {error}"));
    let second = renewed.refresh_token.clone().unwrap_or_else(|| panic!("{slug} forgets its refresh token"));
    let stayed = second.expose() == first.expose();
    assert_ne!(renewed.access_token.expose(), grant.access_token.expose(), "{slug} has the old access token");
    let again = theatre.refresh(ready, &first).await.err();
    match refresh {
        Refresh::Kept { .. } => assert!(stayed && again.is_none(), "{slug} loses the token it keeps: {again:?}"),
        Refresh::Replaced { .. } => {
            let dead = matches!(again, Some(TokenError::Refused { refusal: Refusal::InvalidGrant, .. }));
            assert!(!stayed && dead, "{slug} does not tell a dead token from a fault: {again:?}");
        }
        Refresh::Never => panic!("{slug} has a refresh token"),
    }
    renewed
}

/// Ends the grant where the entry can, twice: what is gone is gone.
async fn ended(theatre: &Theatre, ready: &Configured, entry: &Entry, grant: &Grant) {
    let slug = &entry.slug;
    let end = || async {
        let call = Call::new(ready, &theatre.client, &grant.access_token, now());
        ready.provider.vendor.revoke(call, grant).await
    };
    let first = end().await.unwrap_or_else(|error| panic!("{slug} cannot end a grant: {error}"));
    let live = theatre.stage.is_live(slug, grant.access_token.expose());
    if ready.provider.revoke() == &Revoke::Nowhere {
        assert_eq!((first, live), (Revocation::NotOffered, true), "{slug} says it ended a grant");
        return;
    }
    assert_eq!((first, live), (Revocation::Revoked, false), "{slug} leaves a grant alive");
    let again = end().await.unwrap_or_else(|error| panic!("{slug} cannot end a dead grant: {error}"));
    assert_ne!(again, Revocation::NotOffered, "{slug} forgets that it can end a grant");
    let call = Call::new(ready, &theatre.client, &grant.access_token, now());
    let dead = ready.provider.vendor.identify(call, grant).await.err();
    let unasked = ready.endpoints.others.is_empty();
    assert!(unasked || matches!(dead, Some(CallError::Unauthorized)), "{slug} knows a dead token: {dead:?}");
}

/// A pasted key opens the account where the entry puts it; a wrong one is found out at once.
#[tokio::test]
async fn a_pasted_credential_is_tried_before_it_is_kept() {
    let theatre = Theatre::new().await;
    let mut tried = 0;
    for (entry, provider) in all() {
        let right = match &entry.kind {
            Kind::OAuth2(_) => continue,
            Kind::ApiKey { .. } => "the key",
            Kind::Basic { .. } => "user:pass:word",
        };
        let ready = theatre.play(entry, &provider);
        let asked = async |text: &str| {
            let grant = Grant::pasted(text.into());
            let call = Call::new(&ready, &theatre.client, &grant.access_token, now());
            provider.vendor.identify(call, &grant).await
        };
        let (first, second) = (asked(right).await, asked(right).await);
        let (first, second) = (first.unwrap_or_else(|error| panic!("{}: {error}", entry.slug)), second.unwrap());
        assert_eq!(first.display_name, entry.name);
        assert_ne!(first.id, second.id, "{} takes two keys for one", entry.slug);
        let wrong = asked("another").await.err();
        assert!(matches!(wrong, Some(CallError::Unauthorized)), "{} takes a wrong key: {wrong:?}", entry.slug);
        let broken = asked("a\r\nx: y").await.err();
        assert!(broken.is_some(), "{} takes a key with line ends", entry.slug);
        tried += 1;
    }
    assert!(tried >= 10, "only {tried} keys were tried");
}
