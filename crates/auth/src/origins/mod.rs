//! Who may send a browser's requests here, and where a browser may be sent afterwards.

mod pattern;

pub use pattern::Pattern;

use crate::problem::{Problem, UrlField};
use http::{HeaderMap, header};
use serde_json::Value;
use std::sync::Arc;
use url::Url;

/// The trusted origins: our own, those of `CORS_ORIGINS`, and those of `AUTH_TRUSTED_ORIGINS`. Never compared by prefix.
#[derive(Clone)]
pub struct Origins {
    /// In the form a browser writes them: scheme, host, and the port unless it is the scheme's own.
    trusted: Arc<[String]>,
    patterns: Arc<[Pattern]>,
    own: Url,
}

/// Whether a request that carries no cookie is checked as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strictness {
    /// Without a cookie there is nobody's authority to abuse.
    WithCookie,
    /// Signing in is checked always: a foreign page must not sign its visitor in as somebody else.
    Login,
}

impl Origins {
    /// `own` is `PUBLIC_URL`.
    pub fn new(own: Url, others: &[Url], patterns: &[Pattern]) -> Self {
        let trusted = std::iter::once(&own).chain(others).map(|url| url.origin().ascii_serialization()).collect();
        Self { trusted, patterns: patterns.into(), own }
    }

    /// Whether this is a trusted origin, or a URL of one.
    pub fn trusts(&self, url: &str) -> bool {
        // An origin that is not of a host (`data:`, an unknown scheme) reads "null", which is never in the list.
        Url::parse(url).is_ok_and(|url| {
            let plain = url.username().is_empty() && url.password().is_none();
            // A `blob:` has the origin of whoever made it, and is no page of theirs.
            let web = matches!(url.scheme(), "http" | "https");
            let known = web && self.trusted.contains(&url.origin().ascii_serialization());
            plain && (known || self.patterns.iter().any(|pattern| pattern.matches(&url)))
        })
    }

    /// The check of a request that may change something.
    pub fn check(&self, headers: &HeaderMap, strictness: Strictness) -> Result<(), Problem> {
        let text =
            |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("")).filter(|text| !text.is_empty());
        let (origin, referer) = (text("origin"), text("referer"));
        let (site, mode, dest) = (text("sec-fetch-site"), text("sec-fetch-mode"), text("sec-fetch-dest"));
        if !headers.contains_key(header::COOKIE) {
            let said_by_browser = [site, mode, dest].iter().flatten().any(|text| !text.trim().is_empty());
            match strictness {
                Strictness::WithCookie => return Ok(()),
                Strictness::Login if site == Some("cross-site") && mode == Some("navigate") => {
                    return Err(Problem::CrossSiteNavigation);
                }
                // A program, not a browser.
                Strictness::Login if !said_by_browser && origin.or(referer).is_none() => return Ok(()),
                Strictness::Login => {}
            }
        }
        // A page with `Referrer-Policy: no-referrer` sends `null` even to its own site; the browser vouches for it.
        if origin == Some("null") && site == Some("same-origin") {
            return Ok(());
        }
        match origin.or(referer) {
            None | Some("null") => Err(Problem::MissingOrNullOrigin),
            Some(origin) if self.trusts(origin) => Ok(()),
            Some(_) => Err(Problem::InvalidOrigin),
        }
    }

    /// Checks every URL of a body that a browser might be sent to.
    pub fn check_targets(&self, body: &Value) -> Result<(), Problem> {
        for field in UrlField::ALL {
            match body.get(field.member()) {
                None | Some(Value::Null | Value::Bool(false)) => {}
                Some(Value::String(url)) if url.is_empty() || self.is_safe_target(url) => {}
                Some(Value::String(_)) => return Err(Problem::InvalidUrl(field)),
                Some(Value::Number(number)) if number.as_f64() == Some(0.0) => {}
                Some(_) => return Err(Problem::UrlIsNotText(field)),
            }
        }
        Ok(())
    }

    /// The same for the one URL of a link.
    pub fn check_callback(&self, url: Option<&str>) -> Result<(), Problem> {
        match url {
            Some(url) if !url.is_empty() && !self.is_safe_target(url) => Err(Problem::InvalidUrl(UrlField::Callback)),
            _ => Ok(()),
        }
    }

    /// A path of this site, or a URL of a trusted origin, in a spelling that every browser reads the same way.
    fn is_safe_target(&self, url: &str) -> bool {
        if url.contains('\\') || url.chars().any(char::is_control) || url.trim() != url {
            return false;
        }
        if !url.starts_with('/') {
            return self.trusts(url);
        }
        let path = url.split(['?', '#']).next().unwrap_or(url).to_ascii_lowercase();
        !url.starts_with("//")
            && !path.contains("%2f")
            && !path.contains("%5c")
            && self.own.join(url).is_ok_and(|resolved| resolved.origin() == self.own.origin())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderName, HeaderValue};
    use serde_json::json;

    fn origins() -> Origins {
        let url = |text: &str| Url::parse(text).unwrap();
        Origins::new(url("https://localhost:8443"), &[url("http://localhost:3000"), url("https://app.example/")], &[])
    }

    fn outcome(headers: &[(&str, &str)], strictness: Strictness) -> String {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::try_from(*name).unwrap(), HeaderValue::try_from(*value).unwrap()))
            .collect();
        origins().check(&headers, strictness).map_or_else(|problem| problem.to_string(), |()| "ok".to_owned())
    }

    /// With any cookie at all, the origin must be named and trusted.
    #[test]
    fn a_cookie_needs_a_trusted_origin() {
        for (headers, expected) in [
            (&[("cookie", "a=b")][..], "Missing or null Origin"),
            (&[("cookie", "a=b"), ("origin", "null")], "Missing or null Origin"),
            (&[("cookie", "a=b"), ("origin", "null"), ("sec-fetch-site", "same-origin")], "ok"),
            (&[("cookie", "a=b"), ("origin", "https://evil.example")], "Invalid origin"),
            (&[("cookie", "a=b"), ("origin", "https://app.example.evil.example")], "Invalid origin"),
            (&[("cookie", "a=b"), ("origin", "https://app.example:444")], "Invalid origin"),
            (&[("cookie", "a=b"), ("origin", "http://app.example")], "Invalid origin"),
            (&[("cookie", "a=b"), ("origin", "https://app.example@evil.example")], "Invalid origin"),
            (&[("cookie", "a=b"), ("origin", "https://app.example")], "ok"),
            (&[("cookie", "a=b"), ("origin", "https://localhost:8443")], "ok"),
            (&[("cookie", "a=b"), ("referer", "http://localhost:3000/login?x")], "ok"),
            (
                &[("cookie", "a=b"), ("origin", "https://evil.example"), ("referer", "http://localhost:3000/")],
                "Invalid origin",
            ),
        ] {
            assert_eq!(outcome(headers, Strictness::WithCookie), expected, "{headers:?}");
        }
    }

    /// Without a cookie only signing in is checked, and there only what a browser sends.
    #[test]
    fn without_a_cookie_only_logins_are_checked() {
        let foreign = [("origin", "https://evil.example")];
        assert_eq!(outcome(&foreign, Strictness::WithCookie), "ok");
        for (headers, expected) in [
            (&foreign[..], "Invalid origin"),
            (&[], "ok"),
            (&[("origin", "http://localhost:3000")], "ok"),
            (&[("referer", "https://evil.example/x")], "Invalid origin"),
            (&[("sec-fetch-site", "same-site")], "Missing or null Origin"),
            (
                &[
                    ("sec-fetch-site", "cross-site"),
                    ("sec-fetch-mode", "navigate"),
                    ("origin", "http://localhost:3000"),
                ],
                "Cross-site navigation login blocked. This request appears to be a CSRF attack.",
            ),
        ] {
            assert_eq!(outcome(headers, Strictness::Login), expected, "{headers:?}");
        }
    }

    /// A browser is sent to a trusted origin or a path of this site, however the URL is dressed up.
    #[test]
    fn only_trusted_targets_pass() {
        let passes = |url: &str| origins().check_targets(&json!({"callbackURL": url})).is_ok();
        for good in [
            "",
            "/",
            "/dashboard?next=%2Fa#b",
            "http://localhost:3000/x",
            "https://app.example",
            "https://APP.example:443/",
        ] {
            assert!(passes(good), "{good}");
        }
        for bad in [
            "//evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "https://evil.example",
            "https://app.example.evil.example",
            "https://app.example@evil.example",
            "https://user@app.example",
            "https://app.example:444/",
            "http://app.example/",
            "javascript:alert(1)",
            "data:text/html,x",
            "/%2fevil.example",
            "/%5Cevil.example",
            "/a\tb",
            " /a",
            "/\n/evil.example",
            "dashboard",
            "https:evil.example",
            "https:///evil.example",
            "myapp://cb",
            "blob:https://app.example/x",
        ] {
            assert!(!passes(bad), "{bad}");
        }
    }

    /// Each of the four members is checked, and something other than text is told so.
    #[test]
    fn every_target_is_checked() {
        let outcome = |body: &Value| origins().check_targets(body).map_err(|problem| problem.to_string());
        for (member, name) in [
            ("callbackURL", "callbackURL"),
            ("redirectTo", "redirectURL"),
            ("errorCallbackURL", "errorCallbackURL"),
            ("newUserCallbackURL", "newUserCallbackURL"),
        ] {
            assert_eq!(outcome(&json!({member: "https://evil.example"})), Err(format!("Invalid {name}")));
            assert_eq!(outcome(&json!({member: ["/"]})), Err(format!("Invalid {name}: expected a string")));
            assert_eq!(outcome(&json!({member: null})), Ok(()));
        }
    }
}
