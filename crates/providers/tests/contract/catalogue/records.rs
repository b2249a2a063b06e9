//! What an entry's record says is what the file says, read by another reader.

use crate::catalogue::world::{all, configured, examples};
use oauth::{ClientAuth, Pkce, TokenBody};
use providers::{Auth, Placement, Refresh, Revoke};
use std::collections::BTreeMap;
use toml::{Table, Value};

/// Every word of the file has its meaning in the record, and what the file leaves out is what most vendors do.
#[test]
fn the_records_say_what_the_file_says() {
    let file: Table = include_str!("../../../catalog.toml").parse().unwrap();
    let entries = file["provider"].as_array().unwrap();
    let entries: BTreeMap<&str, &Value> =
        entries.iter().map(|entry| (entry["slug"].as_str().unwrap(), entry)).collect();
    let providers = all();
    assert_eq!(entries.len(), providers.len(), "an entry has no provider");
    for (_, provider) in &providers {
        let slug = provider.slug.as_str();
        let entry = entries[slug];
        let word = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
        let flag = entry["verified"].as_bool().unwrap();
        assert_eq!((word("name"), flag), (provider.name.as_str(), provider.verified), "{slug}");
        let keys = &provider.keys;
        let upper = slug.to_uppercase().replace('-', "_");
        assert_eq!(
            (&keys.client_id, &keys.client_secret),
            (&format!("{upper}_CLIENT_ID"), &format!("{upper}_CLIENT_SECRET"))
        );
        let pushes = entry.get("webhook").is_some();
        let webhook_secret = pushes.then(|| format!("{upper}_WEBHOOK_SECRET"));
        assert_eq!((provider.webhook.is_some(), &keys.webhook_secret), (pushes, &webhook_secret), "{slug}");
        assert_eq!(provider.vendor.webhooks().is_some(), pushes, "{slug} has half of what webhooks need");
        let variables = entry.get("variables").and_then(Value::as_table).map_or(0, Table::len);
        assert_eq!(provider.inputs.len(), variables, "{slug} asks for other things");
        placed(slug, entry, &provider.placement, word("kind"));
        let Auth::OAuth2(flow) = &provider.auth else {
            assert_ne!(word("kind"), "oauth2", "{slug}");
            continue;
        };
        assert_eq!(word("kind"), "oauth2", "{slug}");
        let auth = match flow.client_auth {
            ClientAuth::Body => "body",
            ClientAuth::Basic => "basic",
            ClientAuth::Public => "none",
        };
        let pkce = if flow.pkce == Pkce::S256 { "s256" } else { "off" };
        let refresh = match flow.refresh {
            Refresh::Never => "never",
            Refresh::Kept { .. } => "kept",
            Refresh::Replaced { .. } => "replaced",
        };
        assert_eq!((word("client_auth"), word("pkce"), word("refresh")), (auth, pkce, refresh), "{slug}");
        let json = flow.token_body == TokenBody::Json;
        assert_eq!(word("token_body") == "json", json, "{slug} writes the token request otherwise");
        let separator = match word("scope_separator") {
            "comma" => ",",
            "plus" => "+",
            _ => " ",
        };
        assert_eq!(flow.scopes.separator, separator, "{slug} separates scopes otherwise");
        assert_eq!(entry.get("revoke").is_some(), flow.revoke == Revoke::Account, "{slug} ends grants otherwise");
        let pairs = |key: &str| -> Vec<(String, String)> {
            let table = entry.get(key).and_then(Value::as_table);
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            table.into_iter().flatten().map(|(name, value)| (name.clone(), text(value))).collect()
        };
        assert_eq!(
            (pairs("authorize_params"), pairs("token_params")),
            (flow.authorize_extra.clone(), flow.token_extra.clone())
        );
        // Addresses without variables are taken as they stand.
        let ready = configured(provider, None, &examples(provider)).unwrap().endpoints;
        for (key, url) in [("authorize_url", &ready.authorize), ("token_url", &ready.token)] {
            let told = word(key);
            assert!(
                told.contains('{') || told.trim_end_matches('/') == url.as_str().trim_end_matches('/'),
                "{slug}: {url}"
            );
            assert!(told.ends_with('/') == url.as_str().ends_with('/'), "{slug} moves the slash of {url}");
        }
    }
}

fn placed(slug: &str, entry: &Value, placement: &Placement, kind: &str) {
    let told = entry.get("placement").map(|told| |key: &str| told.get(key).and_then(Value::as_str).unwrap_or_default());
    let wanted = match told {
        None if kind == "basic" => Placement::Basic,
        None => Placement::Scheme("Bearer".to_owned()),
        Some(told) if !told("scheme").is_empty() => Placement::Scheme(told("scheme").to_owned()),
        Some(told) if !told("query").is_empty() => Placement::Query(told("query").to_owned()),
        Some(told) => Placement::Header { name: told("header").to_owned(), prefix: told("prefix").to_owned() },
    };
    assert_eq!(placement, &wanted, "{slug} puts its credential elsewhere");
}
