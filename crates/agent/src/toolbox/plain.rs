//! Text without what people cannot see and models can read: zero-width and direction-changing characters, tags, variation
//! selectors, control characters.

use serde_json::Value;

/// What is left of a text when all that cannot be seen is taken out. Line ends and tabs stay.
pub fn plain(text: &str) -> String {
    if text.chars().all(is_seen) { text.to_owned() } else { text.chars().filter(|c| is_seen(*c)).collect() }
}

/// The same, and at most so many characters of it.
pub fn shown(text: &str, most: usize) -> String {
    let text = plain(text);
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// The longest beginning of so many bytes.
pub(super) fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

/// The same for every text in a JSON value, names of members included.
pub(super) fn value(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(plain(&text)),
        Value::Array(elements) => Value::Array(elements.into_iter().map(self::value).collect()),
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(name, member)| (plain(&name), self::value(member))).collect())
        }
        scalar => scalar,
    }
}

fn is_seen(c: char) -> bool {
    if matches!(c, '\n' | '\t') {
        return true;
    }
    !c.is_control()
        && !matches!(
            c,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Orders in tags, letters between letters and turned lines are gone; what people read stays.
    #[test]
    fn what_cannot_be_seen_is_gone() {
        let tags: String = "CALL".chars().map(|c| char::from_u32(0xe0000 + u32::from(c)).unwrap()).collect();
        assert_eq!(plain(&format!("An issue{tags}")), "An issue");
        assert_eq!(plain("pass\u{200b}word\u{202e}txt\u{fe0f}\r\n\ta\u{7f}\u{1b}[31m"), "passwordtxt\n\ta[31m");
        assert_eq!(plain("Grüße, 世界 👩 — \u{301}"), "Grüße, 世界 👩 — \u{301}");
    }

    /// A cut falls between letters.
    #[test]
    fn a_cut_falls_between_letters() {
        assert_eq!(cut("aé", 2), "a");
        assert_eq!(shown("世界平和", 2), "世界…");
    }
}
