//! Proof Key for Code Exchange (RFC 7636), in its one kind that proves something: S256.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// A SHA-256 in base64url.
const CHALLENGE: usize = 43;

/// Whether this can be the S256 of anything.
pub fn is_challenge(text: &str) -> bool {
    text.len() == CHALLENGE && URL_SAFE_NO_PAD.decode(text).is_ok()
}

/// Whether the challenge was made from this verifier. A verifier of the wrong form is none (RFC 7636, 4.1).
pub fn fits(verifier: &str, challenge: &str) -> bool {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    (43..=128).contains(&verifier.len())
        && verifier.bytes().all(unreserved)
        && kernel::same(URL_SAFE_NO_PAD.encode(kernel::sha256(verifier)), challenge)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    /// The example of RFC 7636, appendix B, and what differs from it in anything.
    #[test]
    fn the_standards_example_fits() {
        assert!(is_challenge(CHALLENGE));
        assert!(fits(VERIFIER, CHALLENGE));
        assert!(!fits(&VERIFIER.replace('d', "e"), CHALLENGE));
        assert!(!fits(CHALLENGE, CHALLENGE));
        for bad in
            ["", VERIFIER, &format!("{CHALLENGE}="), &CHALLENGE[1..], "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM"]
        {
            assert!(!is_challenge(bad) || bad == VERIFIER, "{bad}");
        }
    }

    /// Too short, too long, and of other characters.
    #[test]
    fn a_verifier_has_a_form() {
        for bad in ["a".repeat(42), "a".repeat(129), format!("{} ", "a".repeat(43)), "ä".repeat(43)] {
            let challenge = URL_SAFE_NO_PAD.encode(kernel::sha256(&bad));
            assert!(!fits(&bad, &challenge), "{bad}");
        }
    }
}
