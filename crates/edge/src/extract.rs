//! Reading credentials out of headers, with no room for two opinions about which one counts.

use http::{HeaderMap, header::AUTHORIZATION};
use kernel::Secret;

/// What the `Authorization` header holds.
pub enum Bearer {
    Absent,
    /// Two headers, an empty one, another scheme, or something that is not text.
    Malformed,
    Token(Secret),
}

/// The bearer token (RFC 6750 2.1). The scheme's case does not matter; nothing else is forgiven.
pub fn bearer(headers: &HeaderMap) -> Bearer {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Bearer::Absent };
    let (Ok(text), None) = (value.to_str(), values.next()) else { return Bearer::Malformed };
    let Some((scheme, token)) = text.split_once(' ') else { return Bearer::Malformed };
    let acceptable = scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && !token.contains([' ', ',', '\t']);
    if acceptable { Bearer::Token(token.into()) } else { Bearer::Malformed }
}
