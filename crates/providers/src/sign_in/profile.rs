//! Who signed in, in the vendor's words, and how those words are read.

use crate::CallError;
use serde_json::Value;
use url::Url;

/// A vendor's id is a few dozen characters; a longer one is no id.
const LONGEST_ID: usize = 255;
/// Longer names are cut, in characters.
const LONGEST_NAME: usize = 255;
/// RFC 5321 4.5.3.1: 64 before the at sign and 255 behind it.
const LONGEST_EMAIL: usize = 320;
const LONGEST_IMAGE: usize = 2048;

/// A person as a vendor describes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The vendor's stable id of the person, as text.
    pub account_id: String,
    /// Never empty: where the vendor gives no name, the next best thing it says.
    pub name: String,
    /// As the vendor gave it; whether it is an address is the caller's to check.
    pub email: Option<String>,
    /// The vendor says that the person has shown to receive mail there. `false` where it does not say.
    pub email_verified: bool,
    /// An http(s) address.
    pub image: Option<String>,
    /// The vendor's whole answer.
    pub raw: Value,
}

/// A member that is a text with something in it.
pub(crate) fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name)?.as_str().map(str::trim).filter(|text| !text.is_empty())
}

/// The id of a person, written as text or as a whole number.
pub(crate) fn account_id(value: Option<&Value>) -> Result<String, CallError> {
    let id = match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) if number.is_u64() => number.to_string(),
        _ => return Err(CallError::Unreadable),
    };
    let plain = |character: char| !character.is_whitespace() && !character.is_control();
    if (1..=LONGEST_ID).contains(&id.len()) && id.chars().all(plain) { Ok(id) } else { Err(CallError::Unreadable) }
}

/// The first name that there is, cut where it is too long for a name. The id stands in for people without one.
pub(crate) fn first<'a>(names: impl IntoIterator<Item = Option<&'a str>>, id: &str) -> String {
    let name = names.into_iter().flatten().next().unwrap_or(id);
    name.chars().take(LONGEST_NAME).collect()
}

/// An address of an e-mail, as it was given.
pub(crate) fn email(value: Option<&str>) -> Option<String> {
    value.filter(|email| email.len() <= LONGEST_EMAIL).map(str::to_owned)
}

/// A picture's address. It ends in pages of others, so nothing but http(s) passes.
pub(crate) fn image(value: Option<&str>) -> Option<String> {
    let url = Url::parse(value.filter(|url| url.len() <= LONGEST_IMAGE)?).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Numbers and texts are ids; what is empty, blank, broken or endless is none.
    #[test]
    fn an_id_is_a_text_or_a_whole_number() {
        assert_eq!(account_id(Some(&json!(9_007_199_254_740_993_u64))).unwrap(), "9007199254740993");
        assert_eq!(account_id(Some(&json!("U0R7JM"))).unwrap(), "U0R7JM");
        for odd in [json!(""), json!(" "), json!("a b"), json!("a\u{0}"), json!(-1), json!(1.5), json!(null), json!([])]
        {
            assert!(account_id(Some(&odd)).is_err(), "{odd}");
        }
        assert!(account_id(Some(&json!("x".repeat(256)))).is_err());
        assert!(account_id(None).is_err());
    }

    /// A picture is somewhere on the web, and a name has an end.
    #[test]
    fn pictures_and_names_are_bounded() {
        assert_eq!(image(Some("https://a.example/1.png")).as_deref(), Some("https://a.example/1.png"));
        let long = format!("https://a.example/{}", "x".repeat(2048));
        for odd in ["javascript:alert(1)", "data:image/png;base64,x", "/1.png", "", long.as_str()] {
            assert_eq!(image(Some(odd)), None, "{odd}");
        }
        assert_eq!(first([None, Some("é".repeat(300).as_str())], "1").chars().count(), 255);
        assert_eq!(first([None, None], "1"), "1");
        assert_eq!(email(Some("x".repeat(321).as_str())), None);
    }
}
