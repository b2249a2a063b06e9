//! Who gives tokens for a server: protected resource metadata (RFC 9728), as MCP wants it looked for.

use super::{AuthorizeError, Authorizer, fetch::at};
use crate::mcp::Challenge;
use serde::Deserialize;
use url::Url;

#[derive(Deserialize)]
pub(super) struct Protected {
    /// As it is written: it goes into requests to the letter.
    pub(super) resource: String,
    #[serde(default)]
    pub(super) authorization_servers: Vec<String>,
    #[serde(default)]
    pub(super) scopes_supported: Vec<String>,
}

const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

impl Authorizer<'_> {
    /// Where the challenge says, else with the server's path in it, else at its root. `None` where nothing is.
    pub(super) async fn resource(&self, challenge: Option<&Challenge>) -> Result<Option<Protected>, AuthorizeError> {
        let named = challenge.and_then(|challenge| challenge.resource_metadata.clone());
        let places = match named {
            Some(place) => vec![place],
            None => places(self.server),
        };
        for place in places {
            if let Some(resource) = self.document::<Protected>(&place).await? {
                let named: Url = resource.resource.parse().map_err(|_| AuthorizeError::OtherResource)?;
                return if covers(&named, self.server) {
                    Ok(Some(resource))
                } else {
                    Err(AuthorizeError::OtherResource)
                };
            }
        }
        Ok(None)
    }
}

fn places(server: &Url) -> Vec<Url> {
    let path = server.path().trim_end_matches('/');
    let mut places = vec![at(server, &format!("{WELL_KNOWN}{path}"))];
    if !path.is_empty() {
        places.push(at(server, WELL_KNOWN));
    }
    places
}

/// A token for `resource` is one for `server`: the same origin, and a path that is a whole-segment beginning of the server's.
fn covers(resource: &Url, server: &Url) -> bool {
    let prefix = resource.path().trim_end_matches('/');
    let below = server.path().strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    resource.origin() == server.origin() && below && resource.query().is_none() && resource.fragment().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    /// The path goes behind the well-known word; the root comes last.
    #[test]
    fn metadata_is_looked_for_at_the_path_first() {
        let names = |server: &str| places(&url(server)).iter().map(Url::to_string).collect::<Vec<_>>();
        assert_eq!(
            names("https://a.example/x/mcp?y=1"),
            [
                "https://a.example/.well-known/oauth-protected-resource/x/mcp",
                "https://a.example/.well-known/oauth-protected-resource"
            ]
        );
        assert_eq!(names("https://a.example"), ["https://a.example/.well-known/oauth-protected-resource"]);
    }

    /// Another host, scheme, port, path, or the beginning of a word is another resource.
    #[test]
    fn only_a_resource_that_covers_the_server_is_its_own() {
        let server = url("https://a.example/x/mcp");
        for own in ["https://a.example/x/mcp", "https://a.example/x", "https://a.example", "https://A.example:443/x/"] {
            assert!(covers(&url(own), &server), "{own}");
        }
        for other in [
            "https://evil.example/x/mcp",
            "http://a.example/x/mcp",
            "https://a.example:8443/x/mcp",
            "https://a.example/x/mc",
            "https://a.example/x/mcp/more",
            "https://a.example/y",
            "https://a.example/x/mcp?z",
        ] {
            assert!(!covers(&url(other), &server), "{other}");
        }
    }
}
