//! The name under which one request is found again: in its answer, in problems, in the logs, in the audit log.

use http::{HeaderMap, HeaderName, HeaderValue};
use kernel::RequestId;
use std::{fmt, sync::Arc};

static HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Longer ones are replaced: a name is repeated in every line of the log.
const LONGEST: usize = 64;

/// What the caller named the request, if that can be a name, else a new id. Handlers find it in the request's extensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestTag(Arc<str>);

impl RequestTag {
    /// From `X-Request-Id`: 8 to 64 letters, digits, `-`, `_` and `.`, so that nothing can be written into a log by it.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let named = headers.get(&HEADER).and_then(|value| value.to_str().ok()).filter(|name| is_name(name));
        Self(named.map_or_else(|| RequestId::generate().to_string().into(), Arc::from))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        if let Ok(value) = HeaderValue::from_str(&self.0) {
            headers.insert(&HEADER, value);
        }
    }
}

impl fmt::Display for RequestTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_name(text: &str) -> bool {
    (8..=LONGEST).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(value: &'static str) -> String {
        RequestTag::of(&HeaderMap::from_iter([(HEADER.clone(), HeaderValue::from_static(value))])).to_string()
    }

    /// A caller's own name stays; what is too short, too long or could break a line of the log is replaced.
    #[test]
    fn only_a_name_is_taken_over() {
        assert_eq!(tag("req_01.abc-DEF"), "req_01.abc-DEF");
        for other in ["short", "with space in it", "quote\"in-it", "a=b;c=d;e", &"x".repeat(65)] {
            let other: &'static str = Box::leak(other.to_owned().into_boxed_str());
            assert!(tag(other).parse::<RequestId>().is_ok(), "{other}");
        }
        assert!(RequestTag::of(&HeaderMap::new()).as_str().parse::<RequestId>().is_ok());
    }
}
