//! What an operator may trust besides whole origins: hosts with wildcards, and the schemes of apps.

use std::str::FromStr;
use url::Url;

/// One entry of `AUTH_TRUSTED_ORIGINS`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// `https://app.example.com`, compared whole.
    Origin(String),
    /// `https://*.example.com` or `*.example.com`: `*` stands for any letters, digits, dots and hyphens, `?` for one.
    /// Without a scheme it is https.
    Wildcard { scheme: String, host: String },
    /// `myapp://` or `myapp://callback`: an app that registered the scheme with the device.
    App { scheme: String, host: Option<String> },
}

/// Not something that can be trusted.
#[derive(Debug, thiserror::Error)]
#[error("a trusted origin is an origin, a host with a wildcard, or the scheme of an app")]
pub struct NotAPattern;

impl FromStr for Pattern {
    type Err = NotAPattern;

    fn from_str(text: &str) -> Result<Self, NotAPattern> {
        let (scheme, rest) = text.split_once("://").unwrap_or(("https", text));
        let scheme = scheme.to_ascii_lowercase();
        let known = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
        // A page can put a script into the first two, and the third is whatever is on the disk.
        if !known || ["javascript", "data", "file"].contains(&scheme.as_str()) {
            return Err(NotAPattern);
        }
        if !matches!(scheme.as_str(), "http" | "https") {
            let plain = rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
            return plain
                .then(|| Self::App { scheme, host: (!rest.is_empty()).then(|| rest.to_ascii_lowercase()) })
                .ok_or(NotAPattern);
        }
        if rest.contains(['*', '?']) {
            let named = |byte: u8| byte.is_ascii_alphanumeric() || b".-*?:".contains(&byte);
            // Something must be said of the host: `*` alone would trust everybody.
            let says_something = rest.bytes().any(|byte| byte.is_ascii_alphanumeric());
            return (rest.bytes().all(named) && says_something)
                .then(|| Self::Wildcard { scheme, host: rest.to_ascii_lowercase() })
                .ok_or(NotAPattern);
        }
        let url = Url::parse(text).map_err(|_| NotAPattern)?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        bare.then(|| Self::Origin(url.origin().ascii_serialization())).ok_or(NotAPattern)
    }
}

impl Pattern {
    /// Whether a URL is of this origin.
    pub fn matches(&self, url: &Url) -> bool {
        match self {
            // A `blob:` has the origin of whoever made it.
            Self::Origin(origin) => {
                matches!(url.scheme(), "http" | "https") && *origin == url.origin().ascii_serialization()
            }
            Self::Wildcard { scheme, host } => {
                let Some(found) = url.host_str().filter(|_| url.scheme() == scheme) else { return false };
                let found = match url.port() {
                    Some(port) => format!("{found}:{port}"),
                    None => found.to_owned(),
                };
                fits(host.as_bytes(), found.as_bytes())
            }
            Self::App { scheme, host } => {
                let found = url.host_str().unwrap_or_default();
                url.scheme() == scheme && host.as_ref().is_none_or(|host| found.eq_ignore_ascii_case(host))
            }
        }
    }
}

/// Whether `text` fits `pattern`, where `*` takes any run of host characters and `?` one of them. A colon is not among
/// them, so that a wildcard host does not take in other ports.
fn fits(pattern: &[u8], text: &[u8]) -> bool {
    let taken = |byte: &u8| byte.is_ascii_alphanumeric() || b".-".contains(byte);
    let (mut at, mut on) = (0, 0);
    // Where the last star stands, and up to where it has taken.
    let mut star: Option<(usize, usize)> = None;
    while on < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, on));
                at += 1;
            }
            Some(b'?') if taken(&text[on]) => (at, on) = (at + 1, on + 1),
            Some(literal) if *literal == text[on] => (at, on) = (at + 1, on + 1),
            _ => match star {
                Some((place, upto)) if taken(&text[upto]) => {
                    star = Some((place, upto + 1));
                    (at, on) = (place + 1, upto + 1);
                }
                _ => return false,
            },
        }
    }
    pattern[at..].iter().all(|left| *left == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, url: &str) -> bool {
        pattern.parse::<Pattern>().unwrap().matches(&url.parse().unwrap())
    }

    /// A wildcard takes in hosts of one domain, and neither other schemes, ports, nor domains that merely end alike.
    #[test]
    fn a_wildcard_stays_within_its_domain() {
        for url in ["https://a.example.com", "https://a.b.example.com/x?y", "https://A.Example.com:443/"] {
            assert!(matches("https://*.example.com", url) && matches("*.example.com", url), "{url}");
        }
        for url in [
            "http://a.example.com",
            "https://example.com",
            "https://a.example.com:8443",
            "https://aexample.com",
            "https://a.example.com.evil.example",
            "https://evil.example/a.example.com",
            "https://evil.example?.example.com",
        ] {
            assert!(!matches("https://*.example.com", url), "{url}");
        }
        assert!(matches("http://localhost:300?", "http://localhost:3001/"));
        assert!(!matches("http://localhost:300?", "http://localhost:30011/"));
        assert!(matches("https://pr-*-app.example.com", "https://pr-7-app.example.com"));
    }

    /// An origin is trusted with its pages, and nothing that only claims to come from there.
    #[test]
    fn an_origin_is_compared_whole() {
        assert!(matches("https://app.example", "https://app.example/x"));
        for url in
            ["blob:https://app.example/x", "https://app.example:444", "http://app.example", "https://b.app.example"]
        {
            assert!(!matches("https://app.example", url), "{url}");
        }
    }

    /// The scheme of an app is trusted whole, or with the one host that is named.
    #[test]
    fn an_app_is_known_by_its_scheme() {
        assert!(matches("myapp://", "myapp://anything/at?all"));
        assert!(matches("myapp://callback", "myapp://callback/x"));
        assert!(!matches("myapp://callback", "myapp://callbackevil"));
        assert!(!matches("myapp://", "myapp2://x"));
        assert!(!matches("myapp://", "https://myapp"));
    }

    /// What would trust everybody, or a script, is no pattern.
    #[test]
    fn what_trusts_everybody_is_refused() {
        for text in
            ["*", "https://*", "https://*.*", "javascript://x", "data:x", "file://x", "https://a/b", "https://u@a", ""]
        {
            assert!(text.parse::<Pattern>().is_err(), "{text}");
        }
    }
}
