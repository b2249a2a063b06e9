//! The keys: how they are written down, and what is done with them.

use crate::{Context, OpenError, Sealed};
use aes_gcm::{
    Aes256Gcm, Key, KeyInit, Nonce,
    aead::{Aead, Payload},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use hkdf::Hkdf;
use kernel::Secret;
use sha2::Sha256;
use std::sync::Arc;
use zeroize::Zeroizing;

/// What is wrong with a key setting. Never repeats the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("a key is 32 characters, or 64 hex digits, or base64 of 32 bytes")]
    Format,
    #[error("every key needs an id of 1 to 32 letters, digits, '-' or '_', as in id:key,id:key")]
    Id,
    #[error("the key id {0:?} is used twice")]
    Duplicate(String),
    #[error("a key repeats one character; use random ones, for example from: openssl rand -hex 32")]
    Weak,
    #[error("the value could not be sealed")]
    Seal,
}

/// Keys by id. The first seals, all open.
#[derive(Clone)]
pub struct Keyring(Arc<Vec<(String, Aes256Gcm)>>);

impl Keyring {
    /// The id that a single key without a name gets.
    pub const SINGLE: &str = "1";

    /// `ENCRYPTION_KEYS`: `id:key,id:key`.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let mut keys = Vec::new();
        for entry in text.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            let (id, key) = entry.split_once(':').ok_or(KeyError::Id)?;
            let named = (1..=32).contains(&id.len())
                && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
            if !named {
                return Err(KeyError::Id);
            }
            if keys.iter().any(|(taken, _)| taken == id) {
                return Err(KeyError::Duplicate(id.to_owned()));
            }
            keys.push((id.to_owned(), cipher(&*decode(key)?)));
        }
        if keys.is_empty() { Err(KeyError::Format) } else { Ok(Self(Arc::new(keys))) }
    }

    /// `ENCRYPTION_KEY`: one key, which gets the id [`Keyring::SINGLE`].
    pub fn single(key: &str) -> Result<Self, KeyError> {
        Ok(Self(Arc::new(vec![(Self::SINGLE.to_owned(), cipher(&*decode(key)?))])))
    }

    /// A keyring out of a longer secret, for one `purpose` (HKDF-SHA-256, RFC 5869): two purposes never share a key.
    pub fn derive(secret: &Secret, purpose: &str) -> Result<Self, KeyError> {
        let key = derive(secret, purpose)?;
        Ok(Self(Arc::new(vec![(Self::SINGLE.to_owned(), cipher(&key))])))
    }

    /// The id of the key that seals.
    pub fn sealing_id(&self) -> &str {
        &self.0[0].0
    }

    /// The ids of all keys, the sealing one first.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(id, _)| id.as_str())
    }

    /// How every envelope begins that this ring seals.
    pub fn sealing_header(&self) -> Vec<u8> {
        Sealed::header(self.sealing_id())
    }

    pub fn seal(&self, plaintext: &[u8], context: &Context) -> Result<Sealed, KeyError> {
        let (id, cipher) = &self.0[0];
        let nonce = kernel::bytes::<12>();
        let ciphertext = encrypt(cipher, nonce, &context.aad(), plaintext).ok_or(KeyError::Seal)?;
        Ok(Sealed::assemble(id, nonce, &ciphertext))
    }

    /// The plaintext, wiped when dropped.
    pub fn open(&self, sealed: &Sealed, context: &Context) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let id = sealed.key_id();
        let (_, cipher) =
            self.0.iter().find(|(known, _)| known == id).ok_or_else(|| OpenError::UnknownKey(id.to_owned()))?;
        let (nonce, ciphertext) = sealed.parts();
        decrypt(cipher, nonce, &context.aad(), ciphertext).ok_or_else(|| OpenError::Refused(id.to_owned()))
    }
}

/// A key for one `purpose` out of a longer secret (HKDF-SHA-256, RFC 5869).
pub fn derive(secret: &Secret, purpose: &str) -> Result<Zeroizing<[u8; 32]>, KeyError> {
    let mut key = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(None, secret.expose().as_bytes())
        .expand(purpose.as_bytes(), key.as_mut())
        .map_err(|_| KeyError::Format)?;
    Ok(key)
}

/// The ciphertext with its tag of 128 bits behind it.
pub(crate) fn encrypt(cipher: &Aes256Gcm, nonce: [u8; 12], aad: &[u8], plaintext: &[u8]) -> Option<Vec<u8>> {
    cipher.encrypt(&Nonce::from(nonce), Payload { msg: plaintext, aad }).ok()
}

pub(crate) fn decrypt(
    cipher: &Aes256Gcm,
    nonce: [u8; 12],
    aad: &[u8],
    ciphertext: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    cipher.decrypt(&Nonce::from(nonce), Payload { msg: ciphertext, aad }).map(Zeroizing::new).ok()
}

pub(crate) fn cipher(key: &[u8; 32]) -> Aes256Gcm {
    Aes256Gcm::new(&Key::<Aes256Gcm>::from(*key))
}

fn decode(text: &str) -> Result<Zeroizing<[u8; 32]>, KeyError> {
    let bytes = match text.len() {
        32 => text.as_bytes().to_vec(),
        64 => hex::decode(text).map_err(|_| KeyError::Format)?,
        44 => STANDARD.decode(text).map_err(|_| KeyError::Format)?,
        _ => return Err(KeyError::Format),
    };
    let bytes = Zeroizing::new(bytes);
    if bytes.iter().all(|byte| *byte == bytes[0]) {
        return Err(KeyError::Weak);
    }
    let mut key = Zeroizing::new([0; 32]);
    if bytes.len() != key.len() {
        return Err(KeyError::Format);
    }
    key.copy_from_slice(&bytes);
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ring() -> Keyring {
        Keyring::single("0123456789abcdef0123456789abcdef").unwrap()
    }

    fn here() -> Context {
        Context::new("grants", "tenant/connection", "tokens")
    }

    proptest! {
        /// What was sealed opens to itself.
        #[test]
        fn sealing_round_trips(plaintext: Vec<u8>) {
            let sealed = Sealed::from_bytes(ring().seal(&plaintext, &here()).unwrap().as_bytes().to_vec()).unwrap();
            prop_assert_eq!(ring().open(&sealed, &here()).unwrap().to_vec(), plaintext);
        }

        /// No frame, however broken, makes the reader panic.
        #[test]
        fn a_damaged_frame_is_refused_not_panicked_over(bytes: Vec<u8>) {
            if let Ok(sealed) = Sealed::from_bytes(bytes) {
                prop_assert!(ring().open(&sealed, &here()).is_err());
            }
        }
    }

    /// Every single flipped bit of the envelope keeps it shut.
    #[test]
    fn a_flipped_bit_keeps_it_shut() {
        let bytes = ring().seal(b"gho_example", &here()).unwrap().as_bytes().to_vec();
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            let opened = Sealed::from_bytes(damaged).and_then(|sealed| ring().open(&sealed, &here()));
            assert!(opened.is_err(), "bit {bit}");
        }
    }

    /// Keys come in three spellings of the same 32 bytes, and nothing else is a key.
    #[test]
    fn keys_have_three_spellings() {
        let sealed = ring().seal(b"x", &here()).unwrap();
        for spelling in [
            "3031323334353637383961626364656630313233343536373839616263646566",
            "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
        ] {
            assert!(Keyring::single(spelling).unwrap().open(&sealed, &here()).is_ok());
        }
        assert_eq!(Keyring::single("exactly-32-characters!!!").err(), Some(KeyError::Format));
        assert_eq!(Keyring::single(&"0".repeat(32)).err(), Some(KeyError::Weak));
        assert_eq!(Keyring::parse("0123456789abcdef0123456789abcdef").err(), Some(KeyError::Id));
    }

    /// After a rotation the old key still opens, and a ring without it says which key is missing.
    #[test]
    fn an_old_key_opens_until_it_is_removed() {
        let old = Keyring::parse("old:0123456789abcdef0123456789abcdef").unwrap();
        let sealed = old.seal(b"x", &here()).unwrap();
        let both = Keyring::parse("new:fedcba9876543210fedcba9876543210,old:0123456789abcdef0123456789abcdef").unwrap();
        assert!(both.open(&sealed, &here()).is_ok());
        assert_eq!(both.sealing_id(), "new");
        let without = Keyring::parse("new:fedcba9876543210fedcba9876543210").unwrap();
        assert_eq!(without.open(&sealed, &here()).err(), Some(OpenError::UnknownKey("old".to_owned())));
    }
}
