//! What a refresh token looks like. It names its family, and its successor follows from it under a key that only we have: who
//! lost the answer to a refresh can be given the same one again although nothing but digests is stored.

use super::ServerError;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use kernel::Secret;
use sha2::Sha256;
use uuid::Uuid;

/// So that whoever finds one, a scanner for instance, knows what it is.
const PREFIX: &str = "rt_";
/// A UUID in its 32-digit form.
const FAMILY: usize = 32;
/// 256 bits in base64url.
const SECRET: usize = 43;

/// Makes and reads refresh tokens.
pub struct RefreshTokens(Hmac<Sha256>);

impl RefreshTokens {
    pub fn new(secret: &Secret) -> Result<Self, ServerError> {
        Ok(Self(Hmac::new_from_slice(&*vault::derive(secret, "auth refresh tokens")?)?))
    }

    /// The first token of a family.
    pub fn first(family: Uuid) -> String {
        written(family, &kernel::token())
    }

    /// The token that follows `presented`, always the same one. As hard to guess as `presented` itself is, and without the key
    /// not to be found from it.
    pub fn successor(&self, family: Uuid, presented: &str) -> String {
        let mut mac = self.0.clone();
        mac.update(presented.as_bytes());
        written(family, &URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    }

    /// The family that a token names, if it is one at all.
    pub fn family(token: &str) -> Option<Uuid> {
        let (family, secret) = token.strip_prefix(PREFIX)?.split_once('_')?;
        if family.len() != FAMILY || secret.len() != SECRET {
            return None;
        }
        Uuid::try_parse(family).ok()
    }
}

fn written(family: Uuid, secret: &str) -> String {
    format!("{PREFIX}{}_{secret}", family.simple())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A successor is of the same family and form, always the same, and another one under another key.
    #[test]
    fn a_token_has_one_successor() {
        let tokens = RefreshTokens::new(&"a secret of the test".into()).unwrap();
        let family = Uuid::now_v7();
        let first = RefreshTokens::first(family);
        let second = tokens.successor(family, &first);
        assert_ne!(first, second);
        assert_ne!(RefreshTokens::first(family), first);
        assert_eq!(tokens.successor(family, &first), second);
        for token in [&first, &second] {
            assert_eq!((RefreshTokens::family(token), token.len()), (Some(family), 79));
        }
        let other = RefreshTokens::new(&"another secret".into()).unwrap();
        assert_ne!(other.successor(family, &first), second);
    }

    /// What is not a token names no family.
    #[test]
    fn other_texts_name_no_family() {
        let token = RefreshTokens::first(Uuid::now_v7());
        for bad in ["", "rt_", "x", &token[1..], &token[..78], &format!("{token}x"), &token.replace("rt_", "rt-")] {
            assert_eq!(RefreshTokens::family(bad), None, "{bad}");
        }
    }
}
