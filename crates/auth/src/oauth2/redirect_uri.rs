//! Where an answer may go. Whoever gets it gets the code, so the rules are narrow: https, a program on the person's own
//! machine, or a scheme that an app has made its own.

use super::OAuthError;
use url::Url;

const LONGEST: usize = 2_048;
/// The names of one's own machine, as they stand in a URL. A name can be made to lead elsewhere, but only by who owns the machine;
/// that is why it is better to register an address, and why the name is taken all the same.
const LOOPBACK: [&str; 3] = ["127.0.0.1", "[::1]", "localhost"];

/// Whether a client may have answers sent there.
pub fn check(uri: &str) -> Result<(), OAuthError> {
    let refused = |why| Err(OAuthError::InvalidRedirectUri(why));
    let plain = |byte: u8| byte.is_ascii_graphic() && !b"\\\"<>`{}|^".contains(&byte);
    if uri.len() > LONGEST || !uri.bytes().all(plain) {
        return refused("a redirect URI has at most 2048 characters of those that a URI is written in");
    }
    if uri.contains('#') {
        return refused("a redirect URI has no fragment");
    }
    if uri.contains('*') {
        return refused("a redirect URI has no wildcard");
    }
    let Ok(url) = Url::parse(uri) else { return refused("a redirect URI is absolute") };
    if !url.username().is_empty() || url.password().is_some() {
        return refused("a redirect URI has no user name");
    }
    match url.scheme() {
        "https" if uri.starts_with("https://") && url.host().is_some() => Ok(()),
        "https" => refused("a redirect URI names its host"),
        "http" if loopback(uri).is_some() => Ok(()),
        "http" => refused("a redirect URI is https, except for 127.0.0.1, [::1] and localhost"),
        // `javascript:`, `data:` and `file:` have none; a domain turned round belongs to somebody (RFC 8252, 7.1).
        scheme if scheme.contains('.') => Ok(()),
        _ => refused("an app's own scheme is a domain of its maker, turned round: com.example.app"),
    }
}

/// Whether `asked` is the registered one: letter by letter, but for the port of the person's own machine, which a program gets
/// when it starts (RFC 8252, 7.3).
pub fn matches(registered: &str, asked: &str) -> bool {
    let same_machine = || loopback(registered).is_some_and(|parts| loopback(asked) == Some(parts));
    registered == asked || same_machine()
}

/// Host and rest of a URI of the person's own machine, read as text so that nothing is made equal that is not.
fn loopback(uri: &str) -> Option<(&'static str, &str)> {
    let rest = uri.strip_prefix("http://")?;
    let (host, rest) = LOOPBACK.into_iter().find_map(|host| Some((host, rest.strip_prefix(host)?)))?;
    let rest = match rest.strip_prefix(':') {
        Some(port) => {
            let end = port.find(|c: char| !c.is_ascii_digit()).unwrap_or(port.len());
            port[..end].parse::<u16>().ok()?;
            &port[end..]
        }
        None => rest,
    };
    (rest.is_empty() || rest.starts_with(['/', '?'])).then_some((host, rest))
}

/// What a person is told about a redirect URI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A site, by its host (and port, where it has one of its own).
    Site(String),
    /// A program on their own machine.
    ThisMachine(String),
    /// An app that opens links of this scheme.
    App(String),
}

/// Of a URI that has passed [`check`].
pub fn place(uri: &str) -> Place {
    let Ok(url) = Url::parse(uri) else { return Place::App(uri.to_owned()) };
    let host = url.host_str().unwrap_or_default();
    let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    match url.scheme() {
        "https" => Place::Site(host),
        "http" => Place::ThisMachine(host),
        scheme => Place::App(scheme.to_owned()),
    }
}

/// How a Content-Security-Policy names it. Browsers apply `form-action` to the redirect after a form, too.
pub fn source(uri: &str) -> String {
    match (Url::parse(uri), place(uri)) {
        // An IPv6 address cannot be written there.
        (_, Place::ThisMachine(host)) if host.starts_with('[') => "http:".to_owned(),
        (Ok(url), Place::Site(_) | Place::ThisMachine(_)) => url.origin().ascii_serialization(),
        (Ok(url), Place::App(_)) => format!("{}:", url.scheme()),
        (Err(_), _) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What real clients register, and what would hand codes to somebody else.
    #[test]
    fn answers_go_to_safe_places_only() {
        for good in [
            "https://app.example/cb",
            "https://app.example:8443/cb?x=1",
            "https://app.example",
            "http://127.0.0.1/cb",
            "http://127.0.0.1:33418/cb",
            "http://[::1]:1/",
            "http://localhost:6274/oauth/callback",
            "com.example.app:/cb",
            "com.example.app://cb",
        ] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "/cb",
            "app.example/cb",
            "https://",
            "https:app.example/cb",
            "https://app.example/cb#x",
            "https://app.example/cb#",
            "https://*.app.example/cb",
            "https://app.example/*",
            "https://user@app.example/cb",
            "https://app.example\\@evil.example/",
            "https://app.example/ cb",
            "https://app.example/\ncb",
            "https://äpp.example/cb",
            "http://app.example/cb",
            "http://127.0.0.2/cb",
            "http://127.0.0.1.evil.example/cb",
            "http://127.0.0.1@evil.example/cb",
            "http://127.0.0.1:80@evil.example/cb",
            "http://127.0.0.1:99999/cb",
            "http://localhost.evil.example/cb",
            "http://0.0.0.0/cb",
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "vbscript:x",
            "blob:https://app.example/x",
            "myapp://cb",
            "about:blank",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
        assert!(check(&format!("https://app.example/{}", "a".repeat(LONGEST))).is_err());
    }

    /// Letter by letter, and only the port of one's own machine is free.
    #[test]
    fn redirect_uris_are_compared_by_letters() {
        let registered = "https://app.example/cb";
        assert!(matches(registered, registered));
        for other in [
            "https://app.example/cb/",
            "https://app.example/CB",
            "https://APP.example/cb",
            "https://app.example:443/cb",
            "https://app.example/cb?x=1",
            "https://app.example/./cb",
            "https://app.example/%63b",
            "https://app.example/cbx",
            "http://app.example/cb",
        ] {
            assert!(!matches(registered, other), "{other}");
        }
        assert!(!matches("https://app.example/a.b", "https://app.example/a%2Eb"));
        assert!(!matches("https://app.example:1/cb", "https://app.example:2/cb"));
        let registered = "http://127.0.0.1:1/cb?x=1";
        for same in ["http://127.0.0.1:65535/cb?x=1", "http://127.0.0.1/cb?x=1"] {
            assert!(matches(registered, same), "{same}");
        }
        for other in [
            "http://127.0.0.1:2/cb",
            "http://127.0.0.1:2/cb?x=2",
            "http://127.0.0.1:2/cb?x=1&y=2",
            "http://127.0.0.1:65536/cb?x=1",
            "http://127.0.0.1:2@evil.example/cb?x=1",
            "http://127.0.0.1.evil.example/cb?x=1",
            "http://localhost:2/cb?x=1",
            "http://[::1]:2/cb?x=1",
            "https://127.0.0.1:2/cb?x=1",
            "HTTP://127.0.0.1:2/cb?x=1",
        ] {
            assert!(!matches(registered, other), "{other}");
        }
    }

    /// People are told the host, and the policy names no more than that.
    #[test]
    fn places_are_told_plainly() {
        for (uri, expected, policy) in [
            ("https://app.example/cb?x", Place::Site("app.example".to_owned()), "https://app.example"),
            ("https://app.example:8443/cb", Place::Site("app.example:8443".to_owned()), "https://app.example:8443"),
            ("http://127.0.0.1:33418/cb", Place::ThisMachine("127.0.0.1:33418".to_owned()), "http://127.0.0.1:33418"),
            ("http://[::1]:1/cb", Place::ThisMachine("[::1]:1".to_owned()), "http:"),
            ("com.example.app:/cb", Place::App("com.example.app".to_owned()), "com.example.app:"),
        ] {
            assert_eq!((place(uri), source(uri).as_str()), (expected, policy), "{uri}");
        }
    }
}
