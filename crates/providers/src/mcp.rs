//! Where a provider's MCP server is, and whose word for it that is.

use outbound::{HostPolicy, PolicyError};
use url::Url;

/// A provider's MCP server.
#[derive(Debug, Clone)]
pub struct McpServer {
    pub url: Url,
    /// The server's own origin: the only place that a token travels to for it.
    pub hosts: HostPolicy,
}

impl McpServer {
    /// As whoever runs this deployment says. They may name a server inside their own network.
    pub fn of_operator(url: Url) -> Result<Self, PolicyError> {
        Ok(Self { hosts: HostPolicy::allow_inner([url.as_str()])?, url })
    }

    /// As an entry of a catalogue says: https, and of the public internet.
    pub fn of_entry(url: Url) -> Result<Self, PolicyError> {
        Ok(Self { hosts: HostPolicy::allow_public([url.as_str()])?, url })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Method;

    /// Whether a request may begin: to the server itself, and to a neighbour of it.
    fn reaches(server: Result<McpServer, PolicyError>, neighbour: &str) -> Option<(bool, bool)> {
        let (server, client) = (server.ok()?, outbound::Client::new("test").unwrap());
        let may = |url: &Url| client.request(&server.hosts, Method::POST, url).is_ok();
        Some((may(&server.url), may(&neighbour.parse().unwrap())))
    }

    /// A file is believed about the public internet only; the environment may name a host inside; neither opens another host.
    #[test]
    fn a_token_travels_to_the_servers_own_host() {
        let url = |text: &str| text.parse::<Url>().unwrap();
        let (public, inner) = ("https://mcp.example.com/mcp", "http://127.0.0.1:7001/mcp");
        let elsewhere = "https://api.example.com/mcp";
        assert_eq!(reaches(McpServer::of_entry(url(public)), elsewhere), Some((true, false)));
        assert_eq!(reaches(McpServer::of_entry(url("https://127.0.0.1/mcp")), elsewhere), Some((false, false)));
        assert_eq!(reaches(McpServer::of_entry(url(inner)), elsewhere), None);
        assert_eq!(reaches(McpServer::of_operator(url(inner)), "http://127.0.0.1:7002/mcp"), Some((true, false)));
        assert_eq!(reaches(McpServer::of_operator(url("https://10.1.2.3/mcp")), public), Some((true, false)));
    }
}
