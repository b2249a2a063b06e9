//! Where a proxied call goes: below the provider's API base and nowhere else, whatever the path says.

use super::ProxyError;
use std::borrow::Cow;
use url::Url;

/// Servers seldom take more (8,000 octets is what RFC 9110 4.1 asks all to take).
const LONGEST: usize = 8 * 1024;
/// A text that still changes after being decoded this often hides something.
const DEEPEST: usize = 4;

/// `path` (as it was sent, percent-encoded, without its leading slash) and query behind the API's base.
pub fn url(api: &Url, path: &str, query: Option<&str>) -> Result<Url, ProxyError> {
    if path.len() + query.map_or(0, str::len) > LONGEST {
        return Err(ProxyError::Path("is too long"));
    }
    if let Some(fault) = fault(path) {
        return Err(ProxyError::Path(fault));
    }
    let base = api.path().trim_end_matches('/');
    let mut url = api.clone();
    url.set_path(&format!("{base}/{path}"));
    url.set_query(query);
    url.set_fragment(None);
    // `fault` lets nothing through that moves this; the last look is at what is really sent.
    let stays = url.origin() == api.origin()
        && url.username() == api.username()
        && url.password() == api.password()
        && url.path().strip_prefix(base).is_some_and(|rest| rest.len() > path.len());
    if stays { Ok(url) } else { Err(ProxyError::Path("leads out of the provider's API")) }
}

/// What is wrong with a path. It is looked at as sent and as every server behind the vendor's first may read it: decoded
/// again and again. An encoded slash is no fault, vendors want it inside names; what stands between slashes is looked at.
fn fault(path: &str) -> Option<&'static str> {
    if !well_formed(path) {
        return Some("has a percent sign without two hex digits");
    }
    let mut text = Cow::Borrowed(path);
    for _ in 0..DEEPEST {
        if text.chars().any(|c| c.is_control() || c == '\\') {
            return Some("has a backslash or a control character");
        }
        let mut pieces = text.split('/').peekable();
        while let Some(piece) = pieces.next() {
            // A trailing slash means something to some APIs; an empty piece before it could name a host.
            if piece.is_empty() && (pieces.peek().is_some() || text.is_empty()) {
                return Some("has an empty segment");
            }
            // Some servers drop what follows a semicolon before they look for dots.
            if matches!(piece.split(';').next(), Some("." | "..")) {
                return Some("has a segment of dots");
            }
        }
        let Ok(decoded) = percent_decoded(&text) else { return Some("is not UTF-8 where it is decoded") };
        if decoded == text {
            return None;
        }
        text = Cow::Owned(decoded);
    }
    Some("is encoded too often")
}

fn well_formed(path: &str) -> bool {
    let hex = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_hexdigit);
    let bytes = path.as_bytes();
    (0..bytes.len()).all(|at| bytes[at] != b'%' || (hex(bytes.get(at + 1)) && hex(bytes.get(at + 2))))
}

/// One round; what is no escape stays as it is.
fn percent_decoded(text: &str) -> Result<String, std::string::FromUtf8Error> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut rest = text.as_bytes();
    let mut decoded = Vec::with_capacity(rest.len());
    while let Some((first, after)) = rest.split_first() {
        let pair = match (first, after) {
            (b'%', [high, low, ..]) => digit(high).zip(digit(low)),
            _ => None,
        };
        if let Some((high, low)) = pair {
            decoded.push(high << 4 | low);
            rest = &after[2..];
        } else {
            decoded.push(*first);
            rest = after;
        }
    }
    String::from_utf8(decoded)
}

/// Where one of the vendor's `Location`s is under `/proxy`, as path and query: only what stays in the API has a place.
pub fn back(api: &Url, asked: &Url, location: &str) -> Option<String> {
    let target = asked.join(location).ok()?;
    let base = api.path().trim_end_matches('/');
    let path = target.path().strip_prefix(base)?.strip_prefix('/')?;
    let reached = url(api, path, target.query()).ok()?;
    let same_place = target.username().is_empty() && target.password().is_none() && target.origin() == api.origin();
    same_place.then(|| match reached.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(path: &str, query: Option<&str>) -> Option<String> {
        let api = "https://vendor.test/api/v3".parse().unwrap();
        url(&api, path, query).ok().map(String::from)
    }

    /// Ordinary paths arrive as they were sent, encoded slashes, trailing slashes and odd names included.
    #[test]
    fn a_path_arrives_as_it_was_sent() {
        for path in [
            "user",
            "repos/a/b/issues/",
            "projects/group%2Fproject",
            "a..b/...",
            "x@evil.test/y",
            "evil.test:8443/z",
            "100%25",
            "caf%C3%A9",
            ".well-known/x;v=1",
        ] {
            assert_eq!(told(path, None).as_deref(), Some(format!("https://vendor.test/api/v3/{path}").as_str()));
        }
        let query = "q=a%2Fb&next=https://evil.test/../x&y=..";
        assert_eq!(told("user", Some(query)), Some(format!("https://vendor.test/api/v3/user?{query}")));
        assert_eq!(told("user", Some("a#b")).as_deref(), Some("https://vendor.test/api/v3/user?a%23b"));
    }

    /// Whatever could be read as another place is refused, however it is spelled.
    #[test]
    fn a_path_that_leads_elsewhere_is_refused() {
        for path in [
            "..",
            "../x",
            "a/..",
            "a/../b",
            "./a",
            ".",
            "%2e%2e/x",
            "%2E./x",
            ".%2e/x",
            "%252e%252e/x",
            "%25252e%25252e/x",
            "a%2f..%2fb",
            "a%2F%2e%2e%2Fb",
            "a%252f..%252fb",
            "..;/x",
            "..;a=b/x",
            "%2e%2e%3b/x",
            "%2525252525252e",
            "%c0%ae%c0%ae/x",
            "%c0%af",
            "%ff",
            "/evil.test",
            "//evil.test/x",
            "a//b",
            "%2fevil.test",
            "%2f%2fevil.test",
            "a%2f%2fb",
            "",
            "\\evil.test",
            "%5cevil.test",
            "%255cevil.test",
            "a%5c..%5cb",
            "a%00b",
            "a%0d%0aHost:%20evil",
            "%",
            "%2",
            "%zz",
            "%u002e%u002e/x",
        ] {
            assert_eq!(told(path, None), None, "{path}");
        }
        assert_eq!(told(&"a".repeat(LONGEST + 1), None), None);
        assert_eq!(told("a", Some(&"b".repeat(LONGEST))), None);
    }

    /// A `Location` inside the API is ours to serve; any other has no place.
    #[test]
    fn a_location_is_kept_inside_the_api() {
        let api: Url = "https://vendor.test/api/v3".parse().unwrap();
        let asked = "https://vendor.test/api/v3/repos/a".parse().unwrap();
        let told = |location: &str| back(&api, &asked, location);
        assert_eq!(told("https://vendor.test/api/v3/repositories/1?page=2").as_deref(), Some("repositories/1?page=2"));
        assert_eq!(told("/api/v3/x#part").as_deref(), Some("x"));
        assert_eq!(told("b").as_deref(), Some("repos/b"));
        for elsewhere in [
            "https://evil.test/api/v3/x",
            "http://vendor.test/api/v3/x",
            "https://vendor.test:8443/api/v3/x",
            "https://u@vendor.test/api/v3/x",
            "//evil.test/api/v3/x",
            "/api/v30/x",
            "/login",
            "/api/v3/",
            "javascript:alert(1)",
            "/api/v3/%252e%252e/x",
        ] {
            assert_eq!(told(elsewhere), None, "{elsewhere}");
        }
    }
}
