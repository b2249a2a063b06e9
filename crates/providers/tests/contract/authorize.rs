//! The way to the consent page, and the record it is built from.

use kernel::Parameters;
use oauth::Pkce;
use oauth::{Authorization, authorize};
use providers::{Configured, ConfiguredError, Provider, Registry, Settings, VENDORS};
use std::{collections::BTreeSet, sync::Arc};

const REDIRECT: &str = "https://localhost:8443/oauth/callback?a=1&b=%2F";

fn configured(provider: &Arc<Provider>, base: Option<&str>) -> Result<Configured, ConfiguredError> {
    let settings = Settings {
        client_id: "client-0".to_owned(),
        client_secret: "secret-0".into(),
        former_client_secrets: Vec::new(),
        redirect_uri: REDIRECT.parse().unwrap(),
        webhook_secrets: Vec::new(),
        base_url: base.map(|base| base.parse().unwrap()),
        scopes: None,
        app: None,
        push: None,
    };
    Configured::new(Arc::clone(provider), Arc::new(settings), &Parameters::default())
}

/// State, S256 and the redirect reach every vendor exactly as given, and the scopes in its own notation.
#[test]
fn the_authorize_url_carries_state_challenge_and_the_exact_redirect() {
    for provider in VENDORS.iter() {
        let ready = configured(provider, None).unwrap();
        let record = provider.oauth().unwrap();
        let scopes = record.scopes.default.clone();
        let extra: Vec<(&str, &str)> =
            record.authorize_extra.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let asked = Authorization {
            authorize_url: ready.endpoints.authorize.clone(),
            client_id: &ready.settings.client_id,
            redirect_uri: ready.settings.redirect_uri.clone(),
            scopes: &scopes,
            scope_separator: &record.scopes.separator,
            pkce: record.pkce,
            extra: &extra,
        };
        let started = authorize(&asked, "state/with+signs=");
        let only = |name: &str| {
            let values: Vec<String> =
                started.url.query_pairs().filter(|(key, _)| key == name).map(|(_, value)| value.into_owned()).collect();
            assert_eq!(values.len(), 1, "{} puts {name} into the authorize URL {} times", provider.slug, values.len());
            values.into_iter().next().unwrap_or_default()
        };
        assert_eq!(only("state"), "state/with+signs=", "{} changes the state", provider.slug);
        assert_eq!(only("redirect_uri"), REDIRECT, "{} changes the redirect", provider.slug);
        assert_eq!(only("client_id"), "client-0", "{} changes the client id", provider.slug);
        match record.pkce {
            Pkce::S256 => {
                assert_eq!(only("code_challenge_method"), "S256", "{} does not ask for S256", provider.slug);
                assert_eq!(only("code_challenge").len(), 43, "{} has no S256 challenge", provider.slug);
            }
            Pkce::Unsupported => {
                let sent = started.url.query_pairs().any(|(name, _)| name.starts_with("code_challenge"));
                assert!(!sent, "{} sends a challenge it does not take", provider.slug);
            }
        }
        assert_eq!(only("scope"), scopes.join(&record.scopes.separator), "{} changes the scopes", provider.slug);
        for (name, value) in extra {
            assert_eq!(only(name), value, "{} loses the parameter {name}", provider.slug);
        }
    }
}

/// A base URL moves every address, with or without a slash at its end; none of the vendor's own hosts stays behind.
#[test]
fn a_base_url_moves_every_address() {
    for provider in VENDORS.iter() {
        for base in ["http://127.0.0.1:5003/v", "http://127.0.0.1:5003/v/"] {
            let found = configured(provider, Some(base)).unwrap().endpoints;
            let some = [found.refresh, found.revoke].into_iter().flatten();
            let all = [found.authorize, found.token, found.api, found.web].into_iter().chain(some).chain(found.others);
            for url in all {
                let moved = url.as_str().strip_prefix("http://127.0.0.1:5003/v");
                let rest = moved.unwrap_or_else(|| panic!("{} keeps {url} despite a base URL", provider.slug));
                assert!(!rest.contains("//"), "{} doubles a slash in {url}", provider.slug);
            }
        }
        for base in ["mailto:x", "file:///etc", "ftp://127.0.0.1/v"] {
            let refused = configured(provider, Some(base)).err();
            assert!(refused.is_some(), "{} is configured at {base}", provider.slug);
        }
    }
}

/// Slugs name folders, paths and rows; environment keys belong to one provider.
#[test]
fn slugs_and_keys_are_distinct() {
    let registry = Registry::new(VENDORS.iter().cloned(), [], [], []);
    let mut seen = BTreeSet::new();
    for provider in VENDORS.iter() {
        let keys = &provider.keys;
        let app = keys.app.as_ref().map(|app| [&app.name, &app.id, &app.private_key, &app.private_key_path]);
        let own = [&keys.client_id, &keys.client_secret, &keys.redirect_uri, &keys.base_url];
        let own = own.into_iter().chain(&keys.webhook_secret);
        let prefix = format!("{}_", provider.slug.to_ascii_uppercase());
        for key in own.chain(app.into_iter().flatten()) {
            assert!(key.starts_with(&prefix), "{} reads the key {key}, which is not its own", provider.slug);
            assert!(seen.insert(key.clone()), "{key} is read twice");
        }
        assert!(seen.insert(provider.slug.clone()), "two providers are called {}", provider.slug);
        assert!(provider.slug.bytes().all(|byte| byte.is_ascii_lowercase()), "{} is not a word", provider.slug);
        assert!(Arc::ptr_eq(registry.known(&provider.slug).unwrap(), provider), "{} is not found", provider.slug);
        assert!(keys.app.is_some() == provider.vendor.installations().is_some(), "{} has half an app", provider.slug);
    }
    assert!(registry.known("nobody").is_none());
}

/// What is asked for in any case is asked for as a rule, too, and nothing is asked for twice.
#[test]
fn what_is_always_asked_for_is_usual() {
    for provider in VENDORS.iter() {
        let scopes = &provider.oauth().unwrap().scopes;
        let distinct: BTreeSet<&String> = scopes.default.iter().collect();
        assert_eq!(distinct.len(), scopes.default.len(), "{} asks for a scope twice", provider.slug);
        for required in &scopes.required {
            assert!(distinct.contains(required), "{} does not usually ask for {required}", provider.slug);
        }
    }
}
