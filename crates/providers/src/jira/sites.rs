//! The sites that a grant opens. A site with two products is listed twice under one id, told apart by its scopes.

use super::api;
use crate::{
    Call, CallError,
    sign_in::{account_id, text},
};
use kernel::Resource;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use url::Url;

/// The products whose API paths a site's id stands in: `ex/jira/{id}`, `ex/confluence/{id}`.
const PRODUCTS: [&str; 2] = ["jira", "confluence"];
/// A site that no scope says the product of.
const UNNAMED: &str = "site";

/// As they are now: some may have gone since the connection was made.
pub(super) async fn of(call: Call<'_>) -> Result<Vec<Resource>, CallError> {
    read(&api::get(call, &["oauth", "token", "accessible-resources"]).await?)
}

/// One for each site and product, in the order of their ids. An account without a site is one all the same.
fn read(listed: &Value) -> Result<Vec<Resource>, CallError> {
    let mut found: BTreeMap<(String, &str), (Resource, BTreeSet<String>)> = BTreeMap::new();
    for site in listed.as_array().ok_or(CallError::Unreadable)? {
        let id = account_id(site.get("id"))?;
        let scopes: Vec<&str> =
            site.get("scopes").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        let mut products: BTreeSet<&str> = scopes.iter().copied().filter_map(product).collect();
        if products.is_empty() {
            products.insert(UNNAMED);
        }
        for kind in products {
            let (_, granted) = found.entry((id.clone(), kind)).or_insert_with(|| {
                let place = Resource {
                    external_id: id.clone(),
                    kind: kind.to_owned(),
                    name: text(site, "name").unwrap_or(&id).to_owned(),
                    url: text(site, "url").filter(|url| is_page(url)).map(ToOwned::to_owned),
                    scopes: Vec::new(),
                };
                (place, BTreeSet::new())
            });
            // A scope that names no product counts for the site's entry it stands in.
            let of_this = scopes.iter().filter(|scope| product(scope).is_none_or(|product| product == kind));
            granted.extend(of_this.map(|scope| (*scope).to_owned()));
        }
    }
    let with_scopes = |(place, scopes): (Resource, BTreeSet<String>)| {
        let scopes = scopes.into_iter().collect();
        Resource { scopes, ..place }
    };
    Ok(found.into_values().map(with_scopes).collect())
}

/// It ends in pages of others, so nothing but http(s) passes.
pub(super) fn is_page(url: &str) -> bool {
    url.parse().is_ok_and(|url: Url| matches!(url.scheme(), "http" | "https"))
}

/// What a scope is for: `read:jira-work`, `read:page:confluence`.
fn product(scope: &str) -> Option<&'static str> {
    PRODUCTS.into_iter().find(|product| scope.contains(product))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn place(id: &str, kind: &str, name: &str, scopes: &[&str]) -> Resource {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        let url = Some(format!("https://{name}.atlassian.net"));
        Resource { external_id: id.to_owned(), kind: kind.to_owned(), name: name.to_owned(), url, scopes }
    }

    fn site(id: &str, name: &str, scopes: &[&str]) -> Value {
        json!({"id": id, "name": name, "url": format!("https://{name}.atlassian.net"), "scopes": scopes})
    }

    /// One id twice is one site with two products; the same product twice is one place; another site is another place.
    #[test]
    fn a_site_is_listed_by_its_products() {
        let listed = json!([
            site("c2", "beta", &["read:jira-work"]),
            site("c1", "acme", &["read:jira-work", "manage:jira-webhook"]),
            site("c1", "acme", &["read:page:confluence", "search:confluence"]),
            site("c1", "acme", &["read:jira-user"]),
        ]);
        let expected = [
            place("c1", "confluence", "acme", &["read:page:confluence", "search:confluence"]),
            place("c1", "jira", "acme", &["manage:jira-webhook", "read:jira-user", "read:jira-work"]),
            place("c2", "jira", "beta", &["read:jira-work"]),
        ];
        assert_eq!(read(&listed).unwrap(), expected);
    }

    /// One entry with the scopes of both products is both; one without any is a site.
    #[test]
    fn scopes_decide_over_products() {
        let both = json!([site("c1", "acme", &["read:jira-work", "search:confluence", "read:me"])]);
        let expected = [
            place("c1", "confluence", "acme", &["read:me", "search:confluence"]),
            place("c1", "jira", "acme", &["read:jira-work", "read:me"]),
        ];
        assert_eq!(read(&both).unwrap(), expected);
        let neither = json!([site("c1", "acme", &["read:servicedesk-request"])]);
        assert_eq!(read(&neither).unwrap(), [place("c1", "site", "acme", &["read:servicedesk-request"])]);
    }

    /// No site is an answer; a site without an id, and no list, are none. An address that is none is left out.
    #[test]
    fn what_is_no_list_of_sites_is_refused() {
        assert_eq!(read(&json!([])).unwrap(), []);
        assert!(matches!(read(&json!([{"name": "acme", "scopes": []}])), Err(CallError::Unreadable)));
        assert!(matches!(read(&json!({"code": 200})), Err(CallError::Unreadable)));
        let odd = json!([{"id": "c1", "url": "javascript:alert(1)", "scopes": ["read:jira-work"]}]);
        assert_eq!(read(&odd).unwrap(), [Resource { url: None, ..place("c1", "jira", "c1", &["read:jira-work"]) }]);
    }
}
