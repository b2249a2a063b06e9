//! Proof Key for Code Exchange (RFC 7636), S256 only. Both real vendors take requests without it; here it is demanded,
//! because the client that is tried out always sends it and forgetting it must show.

use crate::parameters::Parameters;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// The challenge of an authorize request, or what is wrong with it.
pub(crate) fn challenge(parameters: &Parameters) -> Result<String, &'static str> {
    let challenge = parameters.get("code_challenge").ok_or("code_challenge is required")?;
    if parameters.get("code_challenge_method") != Some("S256") {
        return Err("code_challenge_method must be S256");
    }
    if URL_SAFE_NO_PAD.decode(challenge).is_ok_and(|digest| digest.len() == 32) {
        Ok(challenge.to_owned())
    } else {
        Err("code_challenge must be 43 characters of base64url")
    }
}

/// Whether the verifier belongs to the challenge. A code without a challenge (an installation's) needs none.
pub(crate) fn verified(challenge: Option<&str>, verifier: Option<&str>) -> bool {
    let Some(challenge) = challenge else { return true };
    verifier.is_some_and(|verifier| {
        (43..=128).contains(&verifier.len())
            && kernel::same(URL_SAFE_NO_PAD.encode(kernel::sha256(verifier)), challenge)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636, appendix B.
    #[test]
    fn the_published_vector_holds() {
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert!(verified(Some(challenge), Some("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")));
        assert!(!verified(Some(challenge), Some("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl")));
        assert!(!verified(Some(challenge), None));
    }

    /// No challenge, the plain method, no method, and a challenge of the wrong size are told apart.
    #[test]
    fn only_s256_challenges_are_taken() {
        let read = |query: &str| challenge(&Parameters::parse(query.as_bytes()).unwrap());
        let good = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert_eq!(read(""), Err("code_challenge is required"));
        assert_eq!(read(&format!("code_challenge={good}")), Err("code_challenge_method must be S256"));
        assert_eq!(
            read(&format!("code_challenge={good}&code_challenge_method=plain")),
            Err("code_challenge_method must be S256")
        );
        assert_eq!(
            read("code_challenge=short&code_challenge_method=S256"),
            Err("code_challenge must be 43 characters of base64url")
        );
        assert_eq!(read(&format!("code_challenge={good}&code_challenge_method=S256")), Ok(good.to_owned()));
    }
}
