//! Every record is asked the same questions.

use providers::sign_in::{ALL, Pkce, SignInEndpoints, known};
use std::collections::BTreeSet;
use url::Url;

const BASE: &str = "http://127.0.0.1:5003/v";

fn urls(found: &SignInEndpoints) -> Vec<&Url> {
    [Some(&found.authorize), Some(&found.token), Some(&found.api), found.jwks.as_ref()].into_iter().flatten().collect()
}

/// Better Auth's ids, a callback's segment each, and keys of their own.
#[test]
fn ids_and_keys_are_distinct() {
    let ids: Vec<&str> = ALL.iter().map(|sign_in| sign_in.id).collect();
    assert_eq!(ids, ["github", "google", "atlassian", "linear", "slack", "spotify"]);
    let mut seen = BTreeSet::new();
    for sign_in in ALL {
        let prefix = format!("AUTH_{}_", sign_in.id.to_ascii_uppercase());
        for key in sign_in.keys.all() {
            assert!(key.starts_with(&prefix), "{} reads the key {key}, which is not its own", sign_in.id);
            assert!(seen.insert(key), "{key} is read twice");
        }
        assert!(std::ptr::eq(known(sign_in.id).unwrap(), *sign_in), "{} is not found", sign_in.id);
        assert!(sign_in.docs.starts_with("https://"), "{} has no page about registering", sign_in.id);
    }
    assert!(known("nobody").is_none());
}

/// The vendor's own addresses are https on its own hosts.
#[test]
fn the_real_addresses_are_https() {
    for sign_in in ALL {
        let found = (sign_in.endpoints)(None, None).unwrap();
        for url in urls(&found) {
            assert!(url.scheme() == "https" && url.query().is_none(), "{} is at {url}", sign_in.id);
        }
        found.hosts().unwrap();
    }
}

/// A base moves everything, with or without a slash at its end; an API base moves the API and nothing else.
#[test]
fn an_override_moves_what_it_says() {
    let (base, slashed): (Url, Url) = (BASE.parse().unwrap(), format!("{BASE}/").parse().unwrap());
    let api: Url = "http://127.0.0.1:4800/".parse().unwrap();
    for sign_in in ALL {
        let moved = (sign_in.endpoints)(Some(&base), None).unwrap();
        assert_eq!(moved, (sign_in.endpoints)(Some(&slashed), None).unwrap(), "{} minds a slash", sign_in.id);
        for url in urls(&moved) {
            let rest = url.as_str().strip_prefix(BASE);
            let rest = rest.unwrap_or_else(|| panic!("{} keeps {url} despite a base", sign_in.id));
            assert!(!rest.contains("//"), "{} doubles a slash in {url}", sign_in.id);
        }
        for base in [None, Some(&base)] {
            let own = (sign_in.endpoints)(base, None).unwrap();
            let expected = SignInEndpoints { api: api.clone(), ..own };
            assert_eq!((sign_in.endpoints)(base, Some(&api)).unwrap(), expected, "{}", sign_in.id);
        }
    }
}

/// Rules for id tokens come with keys and issuers to check them by, and none of the algorithms is symmetric.
#[test]
fn id_token_rules_can_be_followed() {
    for sign_in in ALL {
        for base in [None, Some(&BASE.parse().unwrap())] {
            let found = (sign_in.endpoints)(base, None).unwrap();
            let has_rules = sign_in.id_token.is_some();
            assert_eq!(found.jwks.is_some(), has_rules, "{} has keys or rules, not both", sign_in.id);
            assert_eq!(!found.issuers.is_empty(), has_rules, "{} has issuers or rules, not both", sign_in.id);
        }
        let Some(rules) = sign_in.id_token else { continue };
        assert!(!rules.algorithms.is_empty() && rules.max_age > chrono::TimeDelta::zero(), "{}", sign_in.id);
        assert!(rules.algorithms.iter().all(|name| name.starts_with("RS") || name.starts_with("ES")));
        assert!(sign_in.scopes.default.contains(&"openid"), "{} gives no id token without the scope", sign_in.id);
    }
    let issuers = (known("google").unwrap().endpoints)(None, None).unwrap().issuers;
    assert_eq!(issuers, ["https://accounts.google.com", "accounts.google.com"]);
}

/// What a caller adds to the authorize URL: scopes as Better Auth's clients see them, and PKCE wherever it is taken.
#[test]
fn what_is_asked_for_is_as_little_as_a_sign_in_needs() {
    let asked = ALL.iter().map(|each| {
        let scopes = each.scopes.default.join(each.scopes.separator);
        (each.id, scopes, each.pkce, each.authorize_extra.len())
    });
    assert_eq!(
        asked.collect::<Vec<_>>(),
        [
            ("github", "read:user user:email".to_owned(), Pkce::S256, 0),
            ("google", "openid email profile".to_owned(), Pkce::S256, 0),
            ("atlassian", "read:me".to_owned(), Pkce::S256, 2),
            ("linear", "read".to_owned(), Pkce::S256, 0),
            ("slack", "openid profile email".to_owned(), Pkce::Unsupported, 0),
            ("spotify", "user-read-email".to_owned(), Pkce::S256, 0),
        ]
    );
}
