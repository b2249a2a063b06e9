//! Tokens as Better Auth stores them: plain, or sealed with XChaCha20-Poly1305 under the SHA-256 of its secret.

use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce, aead::Aead};
use kernel::Secret;

const NONCE: usize = 24;
const TAG: usize = 16;

/// A token that is sealed and does not open with this secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a token is sealed with another BETTER_AUTH_SECRET")]
pub struct DoesNotOpen;

/// Opens what was sealed with one secret.
pub struct Opener(XChaCha20Poly1305);

impl Opener {
    pub fn new(better_auth_secret: &Secret) -> Self {
        Self(XChaCha20Poly1305::new(&kernel::sha256(better_auth_secret.expose()).into()))
    }

    /// The token itself. Sealed ones are hexadecimal digits for a nonce, the token and a tag, since Better Auth has several
    /// secrets with `$ba$`, the secret's number and `$` in front; everything else is plain.
    pub fn open(&self, stored: &Secret) -> Result<Secret, DoesNotOpen> {
        let text = stored.expose();
        let numbered = text.strip_prefix("$ba$").map(|rest| rest.split_once('$').map_or(rest, |(_, digits)| digits));
        let bytes = match (numbered, hex::decode(numbered.unwrap_or(text))) {
            (_, Ok(bytes)) if bytes.len() >= NONCE + TAG => bytes,
            (Some(_), _) => return Err(DoesNotOpen),
            (None, _) => return Ok(stored.clone()),
        };
        let (nonce, sealed) = bytes.split_at(NONCE);
        let nonce = XNonce::try_from(nonce).map_err(|_| DoesNotOpen)?;
        let opened = self.0.decrypt(&nonce, sealed).map_err(|_| DoesNotOpen)?;
        String::from_utf8(opened).map(Secret::from).map_err(|_| DoesNotOpen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "contract-test-secret-0123456789abcdef-XYZ";
    const SEALED: &str = "a6f1da31d315bda7557c8adaaee6fe436734547aa06979985d7cf74c6151ecc54d2117f242571506264418c882";
    const NUMBERED: &str = "$ba$2$2dba7fd231d9962bf7408a0f2af410e3986ea3c8ffe5c644aec8197a6c728f9a950827531be2bd37919753e7\
                            e7";

    fn opened(secret: &str, stored: &str) -> Result<String, DoesNotOpen> {
        Opener::new(&secret.into()).open(&stored.into()).map(|token| token.expose().clone())
    }

    /// What Better Auth sealed opens, and only with its secret.
    #[test]
    fn better_auths_seals_open() {
        assert_eq!(opened(SECRET, SEALED).as_deref(), Ok("hello"));
        assert_eq!(opened("second-secret-aaaaaaaaaaaaaaaaaaaaaaaaaaaa", NUMBERED).as_deref(), Ok("hello"));
        assert_eq!(opened("another", SEALED), Err(DoesNotOpen));
        assert_eq!(opened(SECRET, NUMBERED), Err(DoesNotOpen));
        assert_eq!(opened(SECRET, &SEALED.replace("a6f1", "a6f2")), Err(DoesNotOpen));
        assert_eq!(opened(SECRET, "$ba$"), Err(DoesNotOpen));
        assert_eq!(opened(SECRET, "$ba$1$zz"), Err(DoesNotOpen));
    }

    /// Plain tokens are taken as they are, those of hexadecimal digits too, which some providers give.
    #[test]
    fn plain_tokens_are_taken_as_they_are() {
        for token in ["gho_16C7e42F292c6912E7710c838347Ae178B4a", "e72e16c7e42f292c6912e7710c838347ae178b4a", "ya29.a0"]
        {
            assert_eq!(opened(SECRET, token).as_deref(), Ok(token));
        }
    }
}
