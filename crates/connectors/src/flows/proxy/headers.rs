//! Which headers pass. Lists of what is stopped, not of what passes: vendors have headers of their own for versions,
//! previews and preferences, and no list of ours would know them all; what must not pass is a closed set that belongs to
//! HTTP, to browsers, to proxies and to us.

use http::{HeaderMap, HeaderName, header};
use kernel::Secret;

/// About one connection, not about the message (RFC 9110 7.6.1). Those that `Connection` names are added to them.
const HOP_BY_HOP: &[&str] =
    &["connection", "keep-alive", "te", "trailer", "trailers", "transfer-encoding", "upgrade", "http2-settings"];

/// Credentials and addresses of ours, what a browser adds about itself, and what the exchange with the vendor writes anew.
const NOT_SENT: &[&str] = &[
    "host",
    "authorization",
    "cookie",
    "cookie2",
    "user-agent",
    "content-length",
    "expect",
    "max-forwards",
    // The answer is read for the token, so its coding is ours to choose, and a range could cut the token in two.
    "accept-encoding",
    "range",
    "if-range",
    "forwarded",
    "via",
    "x-real-ip",
    "x-client-ip",
    "true-client-ip",
    "cf-connecting-ip",
    "x-tenant-id",
    "x-request-id",
    "ratelimit",
    "ratelimit-policy",
    "origin",
    "referer",
    // Would make another request of it than the one whose path was looked at.
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-original-url",
    "x-rewrite-url",
];
const NOT_SENT_PREFIXES: &[&str] = &["proxy-", "x-forwarded-", "sec-", "access-control-"];

/// What speaks for the vendor's own origin (cookies, policies, reports, challenges), and what we say ourselves.
const NOT_ANSWERED: &[&str] = &[
    "set-cookie",
    "set-cookie2",
    "alt-svc",
    "clear-site-data",
    "content-security-policy",
    "content-security-policy-report-only",
    "strict-transport-security",
    "public-key-pins",
    "expect-ct",
    "nel",
    "report-to",
    "reporting-endpoints",
    "refresh",
    "service-worker-allowed",
    "sourcemap",
    "www-authenticate",
    "authentication-info",
    "via",
    "x-request-id",
    "ratelimit",
    "ratelimit-policy",
    // Where they lead is looked at first.
    "location",
    "content-location",
];
const NOT_ANSWERED_PREFIXES: &[&str] = &["proxy-", "access-control-"];

/// What of the caller's headers the vendor gets.
pub fn to_vendor(headers: &HeaderMap) -> HeaderMap {
    filtered(headers, NOT_SENT, NOT_SENT_PREFIXES)
}

/// What of the vendor's headers the caller gets. A value that repeats the token is not passed on.
pub fn to_caller(headers: &HeaderMap, token: &Secret) -> HeaderMap {
    let token = token.expose().as_bytes();
    let mut passed = filtered(headers, NOT_ANSWERED, NOT_ANSWERED_PREFIXES);
    let telling: Vec<HeaderName> = passed
        .iter()
        .filter(|(name, value)| holds(value.as_bytes(), token) || holds(name.as_str().as_bytes(), token))
        .map(|(name, _)| name.clone())
        .collect();
    for name in telling {
        passed.remove(name);
    }
    passed
}

fn holds(text: &[u8], token: &[u8]) -> bool {
    !token.is_empty() && text.windows(token.len()).any(|window| window == token)
}

fn filtered(headers: &HeaderMap, stopped: &[&str], prefixes: &[&str]) -> HeaderMap {
    let named: Vec<String> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .collect();
    let passes = |name: &str| {
        !HOP_BY_HOP.contains(&name)
            && !stopped.contains(&name)
            && !prefixes.iter().any(|prefix| name.starts_with(prefix))
            && !named.iter().any(|other| other == name)
    };
    let passing = headers.iter().filter(|(name, _)| passes(name.as_str()));
    let mut filtered = HeaderMap::new();
    for (name, value) in passing {
        filtered.append(name.clone(), value.clone());
    }
    filtered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(HeaderName::from_static(name), value.parse().unwrap());
        }
        headers
    }

    fn names(headers: &HeaderMap) -> Vec<&str> {
        headers.keys().map(HeaderName::as_str).collect()
    }

    /// What `Connection` names goes with it, and repeated headers that pass stay repeated.
    #[test]
    fn what_connection_names_goes_with_it() {
        let headers = map(&[
            ("connection", "x-one, X-Two"),
            ("connection", "close"),
            ("x-one", "1"),
            ("x-two", "2"),
            ("x-three", "3"),
            ("x-three", "4"),
        ]);
        let passed = to_vendor(&headers);
        assert_eq!((names(&passed), passed.get_all("x-three").iter().count()), (vec!["x-three"], 2));
    }

    /// Every listed name is stopped, in its direction.
    #[test]
    fn what_is_listed_is_stopped() {
        let of = |names: &[&'static str]| map(&names.iter().map(|name| (*name, "x")).collect::<Vec<_>>());
        assert!(to_vendor(&of(NOT_SENT)).is_empty() && to_vendor(&of(HOP_BY_HOP)).is_empty());
        assert!(
            to_vendor(&map(&[("proxy-authorization", "x"), ("x-forwarded-host", "x"), ("sec-ch-ua", "x")])).is_empty()
        );
        let token = Secret::from("token");
        assert!(to_caller(&of(NOT_ANSWERED), &token).is_empty() && to_caller(&of(HOP_BY_HOP), &token).is_empty());
        assert!(to_caller(&map(&[("access-control-allow-origin", "*")]), &token).is_empty());
    }

    /// A header that repeats the token is not passed on, wherever in its value it stands.
    #[test]
    fn a_header_with_the_token_is_stopped() {
        let headers = map(&[("x-debug", "got Bearer ghu_1 from you"), ("etag", "\"ghu_2\""), ("x-ghu_1", "yes")]);
        assert_eq!(names(&to_caller(&headers, &Secret::from("ghu_1"))), ["etag"]);
    }
}
