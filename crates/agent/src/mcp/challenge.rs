//! `WWW-Authenticate: Bearer …` (RFC 6750 3, RFC 9728 5.1), as far as a client acts on it.

use http::{HeaderMap, header::WWW_AUTHENTICATE};
use url::Url;

/// More than this of a header is not read.
const LONGEST: usize = 8 * 1024;
/// More scopes than these are not asked for at one server's word.
const MOST_SCOPES: usize = 100;

/// What a server says about a token that it wants. A stranger's words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Challenge {
    /// `error`: `invalid_token`, `insufficient_scope`.
    pub error: Option<String>,
    /// What a token has to have. Empty where the server does not say.
    pub scopes: Vec<String>,
    /// Where the server says who gives tokens.
    pub resource_metadata: Option<Url>,
}

impl Challenge {
    /// The first one of the scheme `Bearer`; an empty one where there is none.
    pub fn of(headers: &HeaderMap) -> Self {
        let texts = headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
        let bearer = texts.filter(|text| text.len() <= LONGEST).find_map(|text| {
            let start = text.to_ascii_lowercase().find("bearer")?;
            Some(&text[start + "bearer".len()..])
        });
        let mut challenge = Self::default();
        for (name, value) in bearer.map(parameters).unwrap_or_default() {
            match name.as_str() {
                "error" => challenge.error = Some(value),
                "scope" => challenge.scopes = scopes(&value),
                "resource_metadata" => challenge.resource_metadata = value.parse().ok(),
                _ => {}
            }
        }
        challenge
    }
}

/// The scopes of a text that has blanks between them.
pub(super) fn scopes(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for scope in text.split_whitespace().take(MOST_SCOPES) {
        if !found.iter().any(|known| known == scope) {
            found.push(scope.to_owned());
        }
    }
    found
}

/// `name="value"` or `name=value`, with commas between them.
fn parameters(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((name, after)) = rest.split_once('=') {
        let (value, left) = value(after.trim_start());
        let name = name.trim_matches(|c: char| c == ',' || c.is_whitespace()).to_ascii_lowercase();
        found.push((name, value));
        rest = left;
    }
    found
}

/// A token or a quoted string, and what comes after it.
fn value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(',').unwrap_or(text.len());
        return (text[..end].trim().to_owned(), &text[end..]);
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (value, &quoted[at + 1..]),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            other => value.push(other),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Challenge {
        Challenge::of(&HeaderMap::from_iter([(WWW_AUTHENTICATE, text.parse().unwrap())]))
    }

    /// Quotes, commas in quotes, other orders, other schemes before it, and nothing at all.
    #[test]
    fn a_challenge_is_read_whatever_its_form() {
        let metadata = "https://api.example.com/.well-known/oauth-protected-resource/mcp";
        let whole = Challenge {
            error: Some("insufficient_scope".to_owned()),
            scopes: vec!["a:read".to_owned(), "b".to_owned()],
            resource_metadata: Some(metadata.parse().unwrap()),
        };
        for text in [
            format!(r#"Bearer error="insufficient_scope", scope="a:read b a:read", resource_metadata="{metadata}""#),
            format!(r#"Bearer resource_metadata={metadata},scope="a:read b",error=insufficient_scope"#),
            format!(
                r#"Basic realm="x", bearer error_description="no, \"never\"", error="insufficient_scope", scope="a:read b", resource_metadata="{metadata}""#
            ),
        ] {
            assert_eq!(read(&text), whole, "{text}");
        }
        for text in ["Bearer", "Basic realm=\"x\"", "", "Bearer scope", "Bearer resource_metadata=\"nowhere"] {
            assert_eq!(read(text), Challenge::default(), "{text}");
        }
    }
}
