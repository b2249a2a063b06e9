//! Where a request may go.

use crate::address::is_public;
use std::{collections::BTreeSet, sync::Arc};
use url::{Host, Origin, Url};

/// A URL that may not be called, and why. Carries the host at most, never the path or query.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    #[error("not a URL")]
    NotAUrl,
    #[error("the host {0:?} is not among the hosts of this provider")]
    NotAllowed(String),
    #[error("the URL carries a user name or password")]
    Userinfo,
    #[error("the address of {0:?} is not public")]
    NotPublic(String),
}

/// How far inwards the origins of a policy may lead.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Reach {
    /// Where an origin says so itself: an address that is written out, or plain HTTP.
    #[default]
    AsWritten,
    /// Nowhere, whatever the origins say.
    PublicOnly,
    /// Anywhere, also where a name is resolved to a private address.
    Inner,
}

/// The origins (scheme, host, port) that one provider's credentials may be sent to. A token never travels elsewhere.
#[derive(Debug, Clone, Default)]
pub struct HostPolicy {
    origins: BTreeSet<String>,
    reach: Reach,
    provider: Option<Arc<str>>,
}

impl HostPolicy {
    /// From the provider's own endpoints, built in or overridden by the operator's configuration.
    pub fn allow<'a>(endpoints: impl IntoIterator<Item = &'a str>) -> Result<Self, PolicyError> {
        let mut origins = BTreeSet::new();
        for endpoint in endpoints {
            let url: Url = endpoint.parse().map_err(|_| PolicyError::NotAUrl)?;
            origins.insert(origin(&url)?);
        }
        Ok(Self { origins, reach: Reach::AsWritten, provider: None })
    }

    /// The same where somebody else than the operator has a say in the endpoints: https only, and never a private address.
    pub fn allow_public<'a>(endpoints: impl IntoIterator<Item = &'a str>) -> Result<Self, PolicyError> {
        let allowed = Self::allow(endpoints)?;
        let plain = allowed.origins.iter().find(|origin| !origin.starts_with("https://"));
        match plain {
            Some(origin) => Err(PolicyError::NotPublic(origin.clone())),
            None => Ok(Self { reach: Reach::PublicOnly, ..allowed }),
        }
    }

    /// The same for hosts of which the operator has said that they may be private, by their names.
    pub fn allow_inner<'a>(endpoints: impl IntoIterator<Item = &'a str>) -> Result<Self, PolicyError> {
        Ok(Self { reach: Reach::Inner, ..Self::allow(endpoints)? })
    }

    /// Calls under this policy are counted as this provider's. Its name comes from the registry of providers, never from a caller.
    #[must_use]
    pub fn of_provider(self, slug: &str) -> Self {
        Self { provider: Some(slug.into()), ..self }
    }

    pub(crate) fn provider(&self) -> Arc<str> {
        self.provider.clone().unwrap_or_else(|| "other".into())
    }

    /// Whether a request may go to `url`.
    pub fn check(&self, url: &Url) -> Result<(), PolicyError> {
        if !url.username().is_empty() || url.password().is_some() {
            return Err(PolicyError::Userinfo);
        }
        if self.origins.contains(&origin(url)?) {
            Ok(())
        } else {
            Err(PolicyError::NotAllowed(url.host_str().unwrap_or_default().to_owned()))
        }
    }

    /// Whether the operator put this host on a private or loopback address themselves (a sandbox, a self-hosted vendor):
    /// only plain-HTTP or IP-literal origins count, so that a public name cannot be rebound to an inner address.
    pub(crate) fn is_private_by_configuration(&self, url: &Url) -> bool {
        match self.reach {
            Reach::PublicOnly => return false,
            Reach::Inner => return self.check(url).is_ok(),
            Reach::AsWritten => {}
        }
        let literal_private = match url.host() {
            Some(Host::Ipv4(v4)) => !is_public(v4.into()),
            Some(Host::Ipv6(v6)) => !is_public(v6.into()),
            Some(Host::Domain(name)) => name == "localhost" || url.scheme() == "http",
            None => false,
        };
        literal_private && self.check(url).is_ok()
    }
}

fn origin(url: &Url) -> Result<String, PolicyError> {
    match (url.scheme(), url.origin()) {
        ("http" | "https", Origin::Tuple(scheme, host, port)) => Ok(format!("{scheme}://{host}:{port}")),
        _ => Err(PolicyError::NotAUrl),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where others have a say, plain HTTP and private addresses stay closed, even as allowed origins.
    #[test]
    fn a_public_policy_opens_nothing_private() {
        assert!(HostPolicy::allow_public(["http://api.example.com"]).is_err());
        for inner in ["https://127.0.0.1", "https://localhost", "https://10.0.0.1", "https://[::1]"] {
            let policy = HostPolicy::allow_public([inner]).unwrap();
            assert!(!policy.is_private_by_configuration(&inner.parse().unwrap()), "{inner}");
        }
    }

    /// A host that the operator has named is called where it is, by https too, and only that host.
    #[test]
    fn a_named_host_may_be_inside() {
        let policy = HostPolicy::allow_inner(["https://hooks.corp.internal"]).unwrap();
        assert!(policy.is_private_by_configuration(&"https://hooks.corp.internal/x".parse().unwrap()));
        assert!(!policy.is_private_by_configuration(&"https://other.corp.internal/x".parse().unwrap()));
    }

    /// Every disguise of another host is refused.
    #[test]
    fn another_origin_is_refused() {
        let policy = HostPolicy::allow(["https://api.example.com"]).unwrap();
        for refused in [
            "https://api.example.com.evil.test/",
            "https://api.example.com:8443/",
            "https://api.example.com@evil.test/",
            "https://user@api.example.com/",
            "http://api.example.com/",
            "https://2130706433/",
            "ftp://api.example.com/",
            "https:///evil.test\\@api.example.com/",
        ] {
            assert!(refused.parse::<Url>().is_err() || policy.check(&refused.parse().unwrap()).is_err(), "{refused}");
        }
        assert_eq!(policy.check(&"https://API.example.com:443/x".parse().unwrap()), Ok(()));
    }
}
