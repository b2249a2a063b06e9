//! Every entry against the sandbox's generic vendor, which is told what the file says and not what we read in it. It
//! speaks plain RFC 6749; what vendors do besides (nested answers, tokens outside of the bearer's header, ends by query or
//! bearer) is asked in [`super::flow`].

use crate::catalogue::{
    addresses::started,
    server::put,
    world::{CLIENT_ID, CLIENT_SECRET, REDIRECT, all, configured, examples},
};
use chrono::{DateTime, TimeDelta, Utc};
use http::{Method, header};
use oauth::{Pkce, Refusal, TokenError};
use outbound::HostPolicy;
use providers::{
    Call, CallError, Configured, Placement, Refresh, Revocation,
    catalogue::{Entry, Kind, OAuth2, RevokeHow},
};
use sandbox::{Config, ConnectApps, GithubConfig, LinearConfig, Running, SignInApps};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use toml::Table;
use url::Url;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).unwrap()
}

async fn sandbox() -> Running {
    let unused = || "not used here".to_owned();
    sandbox::spawn(Config {
        port: 0,
        github: GithubConfig {
            client_id: unused(),
            client_secret: unused().into(),
            webhook_secret: unused().into(),
            redirect_uris: Vec::new(),
            app: None,
        },
        linear: LinearConfig {
            client_id: unused(),
            client_secret: unused().into(),
            webhook_secret: unused().into(),
            redirect_uris: Vec::new(),
        },
        connect: ConnectApps::default(),
        sign_in: SignInApps::default(),
        smtp_port: None,
        webhook_base: None,
        webhook_ca_pem_path: None,
        state_file: None,
    })
    .await
    .unwrap()
}

/// What the sandbox is told: the file's words, and paths with the host in front.
fn described(told: &toml::Value, oauth2: &OAuth2, own: &providers::Endpoints) -> Value {
    let word = |key: &str| told.get(key).and_then(toml::Value::as_str);
    let path = |url: &Url| {
        let below = url.as_str().trim_start_matches("https:/");
        below.split('?').next().unwrap_or_default().to_owned()
    };
    let mut account = json!({});
    if let Some(asked) = &oauth2.account {
        put(&mut account, asked.id.first().map_or("/id", String::as_str), "account-7".into());
    }
    json!({
        "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "redirect_uris": [REDIRECT],
        "authorize_path": path(&own.authorize), "token_path": path(&own.token),
        "refresh_path": own.refresh.as_ref().map(path), "revoke_path": own.revoke.as_ref().map(path),
        "userinfo_path": own.others.first().map(path), "account": account,
        "scope_separator": match word("scope_separator") { Some("comma") => ",", Some("plus") => "+", _ => " " },
        "client_auth": word("client_auth"), "token_body": word("token_body").unwrap_or("form"),
        "pkce": if word("pkce") == Some("s256") { "required" } else { "refused" },
        "rotation": word("refresh"), "access_ttl_seconds": oauth2.token_lifetime.is_none().then_some(3600),
        "required_authorize_params": told.get("authorize_params").map_or(json!({}), |params| json!(params)),
        "required_token_params": told.get("token_params").map_or(json!({}), |params| json!(params)),
    })
}

struct World {
    sandbox: Running,
    client: outbound::Client,
}

impl World {
    async fn send(&self, method: Method, url: &Url, body: Option<&Value>) -> outbound::Answer {
        let hosts = HostPolicy::allow([self.sandbox.url.as_str()]).unwrap();
        let request = self.client.request(&hosts, method, url).unwrap();
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        self.client.send(request, 1024 * 1024).await.unwrap()
    }

    async fn register(&self, slug: &str, description: &Value) {
        let url = format!("{}/_control/generic/{slug}", self.sandbox.url).parse().unwrap();
        let answer = self.send(Method::PUT, &url, Some(description)).await;
        assert!(answer.status.is_success(), "{slug}: {:?}", answer.body);
    }

    async fn goes_through(&self, ready: &Configured, entry: &Entry, oauth2: &OAuth2) {
        let slug = &entry.slug;
        let started = started(ready, "a state").unwrap();
        let mut url = started.url;
        url.query_pairs_mut().append_pair("sandbox_consent", "approve");
        let answer = self.send(Method::GET, &url, None).await;
        let back = answer.headers.get(header::LOCATION).and_then(|back| back.to_str().ok());
        let back: Url = back.unwrap_or_else(|| panic!("{slug} gets no consent: {:?}", answer.body)).parse().unwrap();
        let said: BTreeMap<String, String> = back.query_pairs().into_owned().collect();
        let code = said.get("code").unwrap_or_else(|| panic!("{slug} gets no code: {back}")).as_str().into();
        let verifier = (oauth2.pkce == Pkce::S256).then_some(started.verifier);
        let vendor = &ready.provider.vendor;
        let read = |answer| vendor.read_token_answer(answer);
        let endpoint = ready.token_endpoint(&self.client, &read, now()).unwrap();
        let grant = endpoint.exchange(&code, &ready.settings.redirect_uri, verifier.as_ref()).await;
        let grant = grant.unwrap_or_else(|error| panic!("{slug} exchanges no code: {error}"));
        let lifetime = oauth2.token_lifetime.unwrap_or(TimeDelta::hours(1));
        assert_eq!((grant.expires_at, &grant.scopes), (Some(now() + lifetime), &oauth2.scopes), "{slug}");

        let call = Call::new(ready, &self.client, &grant.access_token, now());
        if entry.placement == Placement::Scheme("Bearer".to_owned()) && oauth2.account.is_some() {
            let account = vendor.identify(call, &grant).await;
            assert_eq!(account.unwrap_or_else(|error| panic!("{slug}: {error}")).id, "account-7", "{slug}");
        }
        let Some(first) = &grant.refresh_token else {
            assert_eq!(oauth2.refresh, Refresh::Never, "{slug} got no refresh token");
            return;
        };
        let endpoint = ready.refresh_endpoint(&self.client, &read, now()).unwrap();
        let renewed = endpoint.refresh(first).await.unwrap_or_else(|error| panic!("{slug} refreshes nothing: {error}"));
        let stayed = renewed.refresh_token.as_ref().map(kernel::Secret::expose) == Some(first.expose());
        assert_eq!(stayed, matches!(oauth2.refresh, Refresh::Kept { .. }), "{slug} has the wrong refresh token");
        if !oauth2.revoke.as_ref().is_some_and(|revoke| revoke.how == RevokeHow::FormWithClient) {
            return;
        }
        let call = Call::new(ready, &self.client, &renewed.access_token, now());
        let ended = vendor.revoke(call, &renewed).await.unwrap_or_else(|error| panic!("{slug} ends nothing: {error}"));
        assert_eq!(ended, Revocation::Revoked, "{slug}");
        let dead = endpoint.refresh(renewed.refresh_token.as_ref().unwrap()).await.err();
        let dead = matches!(dead, Some(TokenError::Refused { refusal: Refusal::InvalidGrant, .. }));
        assert!(dead, "{slug} leaves its refresh token alive");
        if oauth2.account.is_some() {
            let gone = vendor.identify(call, &renewed).await.err();
            assert!(matches!(gone, Some(CallError::Unauthorized)), "{slug} leaves its access token alive: {gone:?}");
        }
    }
}

/// Consent, exchange, account, refresh and the end, for every entry.
#[tokio::test]
async fn every_entry_connects_to_the_generic_vendor() {
    let world = World { sandbox: sandbox().await, client: outbound::Client::new("contract").unwrap() };
    let file: Table = include_str!("../../../catalog.toml").parse().unwrap();
    let told: BTreeMap<&str, &toml::Value> =
        file["provider"].as_array().unwrap().iter().map(|one| (one["slug"].as_str().unwrap(), one)).collect();
    let mut went = 0;
    for (entry, provider) in all() {
        let Kind::OAuth2(oauth2) = &entry.kind else { continue };
        let own = configured(&provider, None, &examples(&provider)).unwrap().endpoints;
        world.register(&entry.slug, &described(told[entry.slug.as_str()], oauth2, &own)).await;
        let base = format!("{}/generic/{}", world.sandbox.url, entry.slug);
        let ready = configured(&provider, Some(&base), &examples(&provider)).unwrap();
        world.goes_through(&ready, entry, oauth2).await;
        went += 1;
    }
    assert!(went >= 150, "only {went} entries went through");
}

/// Where the file says that a pasted credential stands, in the sandbox's words.
fn placed(told: &toml::Value, value: &str) -> Value {
    let placement = told.get("placement");
    let word = |key: &str| placement?.get(key)?.as_str();
    if told["kind"].as_str() == Some("basic") {
        return json!({"placement": "basic", "value": value});
    }
    match (word("scheme"), word("header"), word("query")) {
        (_, Some(name), _) => {
            let prefix = word("prefix").unwrap_or_default();
            json!({"placement": "header", "name": name, "prefix": prefix, "value": value})
        }
        (_, _, Some(name)) => json!({"placement": "query", "name": name, "value": value}),
        (scheme, None, None) => {
            let prefix = format!("{} ", scheme.unwrap_or("Bearer"));
            json!({"placement": "header", "prefix": prefix, "value": value})
        }
    }
}

/// The right credential opens every entry that takes pasted ones, and another one opens none.
#[tokio::test]
async fn every_pasted_credential_is_tried_at_the_generic_vendor() {
    let world = World { sandbox: sandbox().await, client: outbound::Client::new("contract").unwrap() };
    let file: Table = include_str!("../../../catalog.toml").parse().unwrap();
    let mut went = 0;
    for (entry, provider) in all() {
        let right = match &entry.kind {
            Kind::OAuth2(_) => continue,
            Kind::ApiKey { .. } => "the-key",
            Kind::Basic { .. } => "user:password",
        };
        let slug = &entry.slug;
        let told = file["provider"].as_array().unwrap().iter().find(|one| one["slug"].as_str() == Some(slug)).unwrap();
        let own = configured(&provider, None, &examples(&provider)).unwrap().endpoints;
        let probe = own.others.first().unwrap_or_else(|| panic!("{slug} has no probe"));
        let path = probe.as_str().trim_start_matches("https:/").split('?').next().unwrap();
        world.register(slug, &json!({"probe_path": path, "credential": placed(told, right)})).await;
        let base = format!("{}/generic/{slug}", world.sandbox.url);
        let ready = configured(&provider, Some(&base), &examples(&provider)).unwrap();
        let asked = async |text: &str| {
            let grant = oauth::Grant::pasted(text.into());
            let call = Call::new(&ready, &world.client, &grant.access_token, now());
            provider.vendor.identify(call, &grant).await
        };
        asked(right).await.unwrap_or_else(|error| panic!("{slug} refuses its own credential: {error}"));
        let wrong = asked("user:another").await.err();
        assert!(matches!(wrong, Some(CallError::Unauthorized)), "{slug} takes a wrong credential: {wrong:?}");
        went += 1;
    }
    assert!(went >= 10, "only {went} entries went through");
}
