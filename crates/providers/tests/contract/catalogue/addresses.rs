//! Where entries send people and secrets.

use crate::catalogue::world::{CLIENT_ID, REDIRECT, all, configured, examples, house};
use kernel::Parameters;
use oauth::{Authorization, Pkce, Started, authorize};
use providers::{Configured, ConfiguredError, Endpoints, EndpointsError, InputKind, catalogue::Kind};
use std::collections::BTreeSet;
use url::Url;

pub fn started(ready: &Configured, state: &str) -> Option<Started> {
    let record = ready.provider.oauth()?;
    let extra: Vec<(&str, &str)> =
        record.authorize_extra.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let asked = Authorization {
        authorize_url: ready.endpoints.authorize.clone(),
        client_id: &ready.settings.client_id,
        redirect_uri: ready.settings.redirect_uri.clone(),
        scopes: &record.scopes.default,
        scope_separator: &record.scopes.separator,
        pkce: record.pkce,
        extra: &extra,
    };
    Some(authorize(&asked, state))
}

fn urls(endpoints: Endpoints) -> impl Iterator<Item = Url> {
    let some = [endpoints.refresh, endpoints.revoke].into_iter().flatten();
    [endpoints.authorize, endpoints.token, endpoints.api, endpoints.web].into_iter().chain(some).chain(endpoints.others)
}

/// State, redirect and scopes reach the consent page as given, a challenge where one is claimed and none where not.
#[test]
fn every_entry_leads_to_its_consent_page() {
    let mut asked = 0;
    for (entry, provider) in all() {
        let slug = &entry.slug;
        let ready = configured(&provider, None, &examples(&provider)).unwrap_or_else(|error| panic!("{slug}: {error}"));
        let (Kind::OAuth2(oauth2), Some(started)) = (&entry.kind, started(&ready, "state/with+signs=")) else {
            continue;
        };
        asked += 1;
        let values = |name: &str| -> Vec<String> {
            started.url.query_pairs().filter(|(key, _)| key == name).map(|(_, value)| value.into_owned()).collect()
        };
        let one = |name: &str| {
            let found = values(name);
            assert_eq!(found.len(), 1, "{slug} puts {name} into the authorize URL {} times", found.len());
            found.into_iter().next().unwrap_or_default()
        };
        assert_eq!(one("state"), "state/with+signs=", "{slug} changes the state");
        assert_eq!(one("redirect_uri"), REDIRECT, "{slug} changes the redirect");
        assert_eq!(one("client_id"), CLIENT_ID, "{slug} changes the client id");
        assert_eq!(one("response_type"), "code", "{slug} does not ask for a code");
        match oauth2.pkce {
            Pkce::S256 => {
                assert_eq!(
                    (one("code_challenge_method").as_str(), one("code_challenge").len()),
                    ("S256", 43),
                    "{slug}"
                );
            }
            Pkce::Unsupported => {
                assert!(values("code_challenge").is_empty(), "{slug} sends a challenge it does not take");
            }
        }
        let scopes = oauth2.scopes.join(oauth2.separator.text());
        let wanted = if scopes.is_empty() { Vec::new() } else { vec![scopes] };
        assert_eq!(values("scope"), wanted, "{slug} changes the scopes");
        for (name, value) in &oauth2.authorize_params {
            assert_eq!(&one(name), value, "{slug} loses the parameter {name}");
        }
    }
    assert!(asked >= 150, "only {asked} entries lead to a consent page");
}

/// Without a base every address is https, and a connection's credentials travel to nobody else.
#[test]
fn credentials_stay_at_the_vendor() {
    for (entry, provider) in all() {
        let ready =
            configured(&provider, None, &examples(&provider)).unwrap_or_else(|error| panic!("{}: {error}", entry.slug));
        for url in urls(ready.endpoints.clone()) {
            assert_eq!(url.scheme(), "https", "{} has the address {url}", entry.slug);
        }
        for foreign in ["https://evil.example/token", "http://127.0.0.1/token", "https://169.254.169.254/latest"] {
            assert!(ready.hosts.check(&foreign.parse().unwrap()).is_err(), "{} may call {foreign}", entry.slug);
        }
    }
}

/// What a person types chooses a place of the vendor's, or nothing.
#[test]
fn a_hostile_parameter_leads_nowhere() {
    let hostile = [
        "",
        "..",
        "evil.com/#",
        "a.b@evil.com",
        "evil.com?",
        "a/b",
        "a\\b",
        "[::1]",
        "127.0.0.1",
        "a b",
        "é",
        "%2e",
        "EVIL",
        "evil.com:8443",
        "https://evil.com",
        "{x}",
    ];
    let mut asked = 0;
    for (entry, provider) in all() {
        for input in &provider.inputs {
            for value in hostile {
                // Capitals may stand in a path.
                if matches!(input.kind, InputKind::Word(_)) && (value == "EVIL" || value == "127.0.0.1") {
                    continue;
                }
                let mut parameters = examples(&provider);
                parameters.insert(input.name.clone(), value);
                let refused = configured(&provider, None, &parameters).err();
                let wanted = ConfiguredError::Endpoints(EndpointsError::Refused(input.name.clone()));
                assert_eq!(refused, Some(wanted), "{} takes {value:?} for {}", entry.slug, input.name);
                asked += 1;
            }
            let missing = configured(&provider, None, &Parameters::default()).err();
            let wanted = ConfiguredError::Endpoints(EndpointsError::Missing(input.name.clone()));
            assert!(missing.is_none() || !input.required || provider.inputs.len() > 1 || missing == Some(wanted));
        }
    }
    assert!(asked > 300, "only {asked} questions");
}

/// A base URL moves every address below it, under the name of the host it plays.
#[test]
fn a_base_url_moves_every_address_of_an_entry() {
    for (entry, provider) in all() {
        let own = configured(&provider, None, &examples(&provider)).unwrap().endpoints;
        for base in ["http://127.0.0.1:5003/v/w", "http://127.0.0.1:5003/v/w/"] {
            let moved = configured(&provider, Some(base), &examples(&provider)).unwrap().endpoints;
            for (own, moved) in urls(own.clone()).zip(urls(moved)) {
                let below = own.as_str().trim_start_matches("https://").trim_end_matches('/');
                let wanted = format!("http://127.0.0.1:5003/v/w/{below}");
                assert_eq!(moved.as_str().trim_end_matches('/'), wanted, "{} does not move {own}", entry.slug);
            }
        }
        for base in ["mailto:x", "file:///etc", "ftp://127.0.0.1/v"] {
            let refused = configured(&provider, Some(base), &examples(&provider)).err();
            assert!(refused.is_some(), "{} is configured at {base}", entry.slug);
        }
    }
}

/// Slugs and environment keys belong to one provider of the house each.
#[test]
fn no_two_providers_of_the_house_share_a_name() {
    let mut seen = BTreeSet::new();
    for provider in house() {
        let keys = &provider.keys;
        let own = [&keys.client_id, &keys.client_secret, &keys.redirect_uri, &keys.base_url];
        for name in own.into_iter().chain(&keys.webhook_secret).chain([&provider.slug]) {
            assert!(seen.insert(name.clone()), "{name} is there twice");
        }
    }
}
