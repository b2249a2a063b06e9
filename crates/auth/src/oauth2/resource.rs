//! What tokens are for, and who says so: two settings with rules.

use url::Url;

/// What is wrong with a resource indicator (RFC 8707, 2), if anything is. It is compared letter by letter, so it has to be
/// spelled as programs spell URLs.
pub fn check_resource(text: &str, production: bool) -> Result<(), &'static str> {
    let Ok(url) = Url::parse(text) else { return Err("a resource is a URL") };
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err("a resource is an http or https URL");
    }
    if url.scheme() == "http" && production {
        return Err("must be https in production");
    }
    if url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
        return Err("a resource has neither fragment nor user name");
    }
    if url.as_str() != text {
        return Err("a resource is written as a browser would write it: no capitals in the host, no default port");
    }
    Ok(())
}

/// What is wrong with the issuer of an authorization server (RFC 8414, 2), if anything is.
pub fn check_issuer(text: &str, production: bool) -> Result<(), &'static str> {
    let Ok(url) = Url::parse(text) else { return Err("must be a URL where OAUTH_RESOURCES is set") };
    let known = matches!(url.scheme(), "http" | "https") && url.host().is_some();
    if !known || url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
        return Err("must be a URL without query and fragment where OAUTH_RESOURCES is set");
    }
    if url.scheme() == "http" && production {
        return Err("must be https in production where OAUTH_RESOURCES is set");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One spelling, and nothing that a client could not send back.
    #[test]
    fn a_resource_is_a_plain_url() {
        for good in ["https://connectors.example/mcp", "https://connectors.example/", "http://localhost:5002/mcp"] {
            assert_eq!(check_resource(good, false), Ok(()), "{good}");
        }
        for bad in [
            "mcp",
            "urn:example:mcp",
            "https://connectors.example",
            "https://Connectors.example/mcp",
            "https://connectors.example:443/mcp",
            "https://connectors.example/mcp#x",
            "https://user@connectors.example/mcp",
        ] {
            assert!(check_resource(bad, false).is_err(), "{bad}");
        }
        assert!(check_resource("http://localhost:5002/mcp", true).is_err());
    }

    /// The metadata is found from it.
    #[test]
    fn an_issuer_is_a_url() {
        for good in
            ["https://auth.example", "https://auth.example/", "https://auth.example/tenant", "http://localhost:1"]
        {
            assert_eq!(check_issuer(good, false), Ok(()), "{good}");
        }
        for bad in ["auth", "urn:x", "https://auth.example?x", "https://auth.example#x", "https://u@auth.example"] {
            assert!(check_issuer(bad, false).is_err(), "{bad}");
        }
        assert!(check_issuer("http://auth.example", true).is_err());
    }
}
