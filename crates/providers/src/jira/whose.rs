//! The site that a payload is from. No payload names it: each entity has its own address in `self`, which begins with the site's,
//! or leads through the gateway and has the site's id in its path.

use crate::Whose;
use url::{Host, Url};

/// A site, by what an address tells of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The cloud id.
    Cloud(String),
    /// The origin.
    Site(String),
}

/// The products, as they stand in the gateway's paths behind `ex`.
const PRODUCTS: [&str; 2] = ["jira", "confluence"];
/// A cloud id is a UUID; nothing much longer is one.
const LONGEST_ID: usize = 64;

/// What the first address that tells anything tells.
pub(super) fn place(addresses: impl IntoIterator<Item = String>) -> Option<Place> {
    addresses.into_iter().find_map(|address| of(&address))
}

fn of(address: &str) -> Option<Place> {
    let url: Url = address.parse().ok()?;
    if !matches!(url.scheme(), "http" | "https") || !matches!(url.host(), Some(Host::Domain(_) | Host::Ipv4(_))) {
        return None;
    }
    // A gateway that the operator configured may stand below a path of its own.
    let segments: Vec<&str> = url.path_segments()?.collect();
    let behind = segments.windows(3).find(|at| at[0] == "ex" && PRODUCTS.contains(&at[1]));
    match behind.map(|at| at[2]) {
        Some(id) if !id.is_empty() && id.len() <= LONGEST_ID => Some(Place::Cloud(id.to_owned())),
        Some(_) => None,
        None => Some(Place::Site(url.origin().ascii_serialization())),
    }
}

impl From<Option<Place>> for Whose {
    fn from(place: Option<Place>) -> Self {
        match place {
            Some(Place::Cloud(id)) => Self::Organization(id),
            Some(Place::Site(origin)) => Self::Site(origin),
            None => Self::Unnamed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A site's own address, the gateway's, and what is neither.
    #[test]
    fn an_address_tells_a_site() {
        let site = |origin: &str| Some(Place::Site(origin.to_owned()));
        let cloud = |id: &str| Some(Place::Cloud(id.to_owned()));
        for (address, expected) in [
            ("https://acme.atlassian.net/rest/api/2/issue/10002", site("https://acme.atlassian.net")),
            ("https://ACME.atlassian.net:443/rest/api/2/issue/1", site("https://acme.atlassian.net")),
            ("https://jira.acme.example:8443/rest/api/2/issue/1", site("https://jira.acme.example:8443")),
            ("https://api.atlassian.com/ex/jira/c-1/rest/api/3/issue/1", cloud("c-1")),
            ("http://127.0.0.1:4000/atlassian/ex/jira/c-1/rest/api/3/issue/1", cloud("c-1")),
            ("https://api.atlassian.com/ex/jira/", None),
            ("ftp://acme.atlassian.net/issue/1", None),
            ("file:///etc/passwd", None),
            ("10002", None),
            ("", None),
        ] {
            assert_eq!(of(address), expected, "{address}");
        }
        let several = ["10002", "https://acme.atlassian.net/x"].map(ToOwned::to_owned);
        assert_eq!(place(several), site("https://acme.atlassian.net"));
    }
}
