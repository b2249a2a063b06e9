//! Where signals may be forwarded to. Tenants say it, so it leads to the public internet only, but for hosts that the operator
//! has named.

use outbound::{HostPolicy, PolicyError};
use url::{Host, Url};

/// Of an address: an index holds it.
const LONGEST: usize = 2_048;

/// Hosts that may be private.
#[derive(Debug, Clone, Default)]
pub struct Receivers {
    /// `SUBSCRIPTIONS_ALLOW_PRIVATE_HOSTS`.
    pub private_hosts: Vec<String>,
    /// Whether those may be called without TLS: in development only.
    pub plain: bool,
}

/// An address that nothing is sent to.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    #[error("the address is not an https URL without user name and fragment")]
    Form,
    #[error("the address is not public")]
    NotPublic,
    #[error("the address may not be called")]
    Policy(#[from] PolicyError),
}

impl Receivers {
    /// The address as it is stored, and what allows to call it. Asked when it is entered and again before each send: the
    /// settings may have changed, and the name behind it is resolved each time.
    pub fn allow(&self, text: &str) -> Result<(Url, HostPolicy), TargetError> {
        let visible = text.len() <= LONGEST && text.chars().all(|c| !c.is_control() && !c.is_whitespace() && c != '\\');
        let url: Url = text.parse().ok().filter(|_| visible).ok_or(TargetError::Form)?;
        let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        if !plain || url.as_str().len() > LONGEST {
            return Err(TargetError::Form);
        }
        let named = url.host_str().is_some_and(|host| self.private_hosts.iter().any(|one| one == host));
        let policy = match (url.scheme(), named) {
            ("https", false) => {
                if !could_be_public(&url) {
                    return Err(TargetError::NotPublic);
                }
                HostPolicy::allow_public([url.as_str()])?
            }
            ("https", true) => HostPolicy::allow_inner([url.as_str()])?,
            ("http", true) if self.plain => HostPolicy::allow_inner([url.as_str()])?,
            _ => return Err(TargetError::Form),
        };
        Ok((url, policy))
    }
}

/// What can be told without resolving the name. Addresses that are written out are judged by `outbound`.
fn could_be_public(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            let inner = [".localhost", ".local", ".internal", ".home.arpa"];
            name.contains('.') && !inner.iter().any(|end| name.ends_with(end))
        }
        Some(Host::Ipv4(address)) => outbound::is_public(address.into()),
        Some(Host::Ipv6(address)) => outbound::is_public(address.into()),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever leads inwards, in every spelling, and whatever carries a password.
    #[test]
    fn inner_addresses_are_refused() {
        let receivers = Receivers { private_hosts: vec!["hooks.corp.internal".to_owned()], plain: false };
        for refused in [
            "http://hooks.example.com/",
            "https://user@hooks.example.com/",
            "https://user:password@hooks.example.com/",
            "https://hooks.example.com/#x",
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f.0.0.1/",
            "https://10.0.0.1/",
            "https://169.254.169.254/latest/meta-data",
            "https://[::1]/",
            "https://[::ffff:169.254.169.254]/",
            "https://[fd00::1]/",
            "https://localhost/",
            "https://localhost./",
            "https://a.localhost/",
            "https://metadata.cloud.internal/",
            "https://intranet/",
            "http://hooks.corp.internal/",
            "ftp://hooks.example.com/",
            "https://hooks.example.com\\@127.0.0.1/",
            "https:// hooks.example.com/",
            "hooks.example.com",
            "",
        ] {
            assert!(receivers.allow(refused).is_err(), "{refused}");
        }
        for allowed in ["https://hooks.example.com/x?y=1", "https://1.1.1.1/", "https://hooks.corp.internal/"] {
            assert!(receivers.allow(allowed).is_ok(), "{allowed}");
        }
    }
}
