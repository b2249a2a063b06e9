//! Our own addresses, and the frontends we may send a browser back to.

use kernel::{Env, Environment};
use url::Url;

/// Where we are reachable and whom we trust with a browser.
#[derive(Debug, Clone)]
pub struct Urls {
    /// Without a trailing slash in its path.
    pub public: Url,
    /// The base of the redirect URIs that vendors know.
    pub callbacks: Url,
    /// Origins of frontends: CORS, and where a finished flow may return to.
    pub frontends: Vec<String>,
}

impl Urls {
    pub(super) fn load(env: &Env, environment: Environment) -> Option<Self> {
        let public: Option<Url> = env.required("PUBLIC_URL", "https://connectors.example.com");
        let callbacks: Option<Url> = env.optional("OAUTH_CALLBACK_BASE", "https://connectors.example.com");
        let frontends: Vec<Url> = env.list("CORS_ORIGINS", "https://app.example.com");
        let public = public?;
        if public.scheme() != "https" && environment == Environment::Production {
            env.fault("PUBLIC_URL", "must be https outside of development", "https://connectors.example.com");
        }
        if frontends.iter().any(|url| !matches!(url.scheme(), "http" | "https") || url.path() != "/") {
            env.fault("CORS_ORIGINS", "one of the values is not an origin", "https://app.example.com");
        }
        let callbacks = callbacks.unwrap_or_else(|| public.clone());
        let frontends = frontends.iter().map(|url| url.origin().ascii_serialization()).collect();
        Some(Self { public, callbacks, frontends })
    }

    /// `path` under the public URL; `path` begins with a slash.
    pub fn public(&self, path: &str) -> String {
        format!("{}{path}", self.public.as_str().trim_end_matches('/'))
    }

    /// The redirect URI to register at a provider.
    pub fn callback(&self, slug: &str) -> String {
        format!("{}/oauth/{slug}/callback", self.callbacks.as_str().trim_end_matches('/'))
    }

    /// Whether cookies travel over TLS, which their names then say.
    pub fn is_https(&self) -> bool {
        self.public.scheme() == "https"
    }

    /// A place to send the browser back to: a path of ours, or an address of a trusted frontend. Compared as an origin,
    /// never by prefix. What a browser may read differently from us (backslashes, control characters) is refused.
    pub fn return_url(&self, text: &str) -> Option<String> {
        if text.len() > 2048 || text.chars().any(|c| c == '\\' || c.is_control() || c.is_whitespace()) {
            return None;
        }
        if text.starts_with('/') {
            let lower = text.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
            let plain = !text.starts_with("//") && !lower.contains("%2f") && !lower.contains("%5c");
            return plain.then(|| self.public(text));
        }
        let url: Url = text.parse().ok()?;
        let known = url.username().is_empty() && url.password().is_none() && {
            let origin = url.origin().ascii_serialization();
            origin == self.public.origin().ascii_serialization() || self.frontends.contains(&origin)
        };
        known.then(|| url.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Only our own paths and trusted origins; every known disguise of another site is refused.
    #[test]
    fn a_foreign_return_url_is_refused() {
        let env = Env::from_pairs([("PUBLIC_URL", "https://c.example"), ("CORS_ORIGINS", "https://app.example")]);
        let urls = Urls::load(&env, Environment::Production).unwrap();
        assert_eq!(urls.return_url("/done?x=1").as_deref(), Some("https://c.example/done?x=1"));
        assert_eq!(urls.return_url("https://app.example/ok").as_deref(), Some("https://app.example/ok"));
        for foreign in [
            "//evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "/%2fevil.example",
            "/%5Cevil.example",
            "https://app.example.evil.example/",
            "https://app.example@evil.example/",
            "https://u@app.example/",
            "http://app.example/",
            "https://app.example:444/",
            "javascript:alert(1)",
            "data:text/html,x",
            "evil.example",
            "https:evil.example",
            "https://evil.example/https://app.example",
            "/a\n",
            " /a",
            "",
        ] {
            assert_eq!(urls.return_url(foreign), None, "{foreign}");
        }
    }
}
