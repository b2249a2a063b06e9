//! Every secret that the tests deal in holds one word. Where that word turns up in plain, in base64 or in hex, a secret has.

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use std::sync::LazyLock;

/// The word, as the sandbox writes it into its tokens. The tests' own secrets hold it as well.
pub use sandbox::CANARY;

/// The word in every form in which it could hide, as texts without anything that means something in a regular expression.
static FORMS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut forms = vec![CANARY.to_owned()];
    let lower = hex::encode(CANARY);
    forms.push(lower.to_uppercase());
    forms.push(lower);
    for before in 0..3 {
        // Where it begins inside a group of three bytes decides how base64 writes it; what depends on the neighbours is cut
        // off at both ends. The rest has no character in which the two alphabets differ.
        let encoded = STANDARD_NO_PAD.encode(format!("{}{CANARY}", "x".repeat(before)));
        let (from, to) = ((before * 8).div_ceil(6), (before + CANARY.len()) * 8 / 6);
        forms.push(encoded[from..to].to_owned());
    }
    forms
});

/// The form in which a secret stands in `text`, if one does.
pub fn found(text: &[u8]) -> Option<&'static str> {
    FORMS.iter().find(|form| text.windows(form.len()).any(|window| window == form.as_bytes())).map(String::as_str)
}

/// All forms as one regular expression.
pub(crate) fn pattern() -> String {
    FORMS.join("|")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever stands around it, and however it is written.
    #[test]
    fn the_word_is_found_in_every_form() {
        for before in ["", "g", "gh", "ghu", "ghu_"] {
            let secret = format!("{before}{CANARY}0123");
            let hex = hex::encode(&secret);
            for hidden in [secret.clone(), STANDARD_NO_PAD.encode(&secret), hex.to_uppercase(), hex] {
                assert!(found(format!("some {hidden} text").as_bytes()).is_some(), "{hidden}");
            }
        }
        assert_eq!(found(b"nothing"), None);
        assert!(FORMS.iter().all(|form| form.len() >= 10 && form.bytes().all(|byte| byte.is_ascii_alphanumeric())));
    }
}
