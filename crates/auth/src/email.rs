//! Which texts are e-mail addresses.

/// What an address may be long at most (RFC 5321, 4.5.3.1.3).
const MAX_LENGTH: usize = 254;

/// Whether Better Auth's validation takes this address: ASCII, atoms of letters, digits and `_ ' + -` between dots, and a
/// domain of at least two labels whose last one has letters only.
pub fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let atom = |atom: &str| {
        !atom.is_empty() && atom.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_'+-".contains(&byte))
    };
    let label = |label: &str| {
        label.starts_with(|first: char| first.is_ascii_alphanumeric())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let Some((labels, last)) = domain.rsplit_once('.') else { return false };
    text.len() <= MAX_LENGTH
        && local.split('.').all(atom)
        && !local.ends_with('\'')
        && labels.split('.').all(label)
        && last.len() >= 2
        && last.bytes().all(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The verdicts agree with those of Better Auth's own validation.
    #[test]
    fn addresses_are_told_from_other_texts() {
        for good in ["a@b.co", "ada.lovelace+x@mail.example.com", "o'neil@example.com", "_@1-2.example", "A@B.CO"] {
            assert!(is_address(good), "{good}");
        }
        for bad in [
            "",
            "@",
            "a",
            "a@b",
            "a@b.c",
            "a@b.c1",
            ".a@b.co",
            "a.@b.co",
            "a..b@c.de",
            "a b@c.de",
            "a@-b.co",
            "a@b..co",
            "a@b.co.",
            "a@@b.co",
            "a@b.co\n",
            "\"a\"@b.co",
            "a@[127.0.0.1]",
            "é@b.co",
            "a@é.co",
            "o'@b.co",
            "a\0@b.co",
        ] {
            assert!(!is_address(bad), "{bad:?}");
        }
        assert!(!is_address(&format!("{}@example.com", "a".repeat(243))));
    }
}
