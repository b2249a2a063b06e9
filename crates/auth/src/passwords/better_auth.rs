//! The hashes of Better Auth: scrypt, in a text of its own. Only checked, never made.

use super::{NormalPassword, PasswordError, StoredError};
use scrypt::{Params, scrypt};

/// N = 2^14, r = 16, p = 1: 32 MiB. Better Auth 1.x knows no others.
const LOG_N: u8 = 14;
const R: u32 = 16;
const P: u32 = 1;
const KEY_BYTES: usize = 64;
const SALT_DIGITS: usize = 32;

/// `salt ":" key`, both in hexadecimal digits.
pub struct ScryptHash {
    /// What is hashed with the password is the text of the salt, not the bytes it stands for.
    salt: String,
    key: [u8; KEY_BYTES],
}

impl ScryptHash {
    pub fn parse(text: &str) -> Result<Self, StoredError> {
        let (salt, key) = text.split_once(':').ok_or(StoredError::Unknown)?;
        if salt.len() != SALT_DIGITS || !salt.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(StoredError::Unknown);
        }
        let mut bytes = [0; KEY_BYTES];
        hex::decode_to_slice(key, &mut bytes).map_err(|_| StoredError::Unknown)?;
        Ok(Self { salt: salt.to_owned(), key: bytes })
    }

    pub fn matches(&self, password: &NormalPassword) -> Result<bool, PasswordError> {
        let mut key = [0; KEY_BYTES];
        scrypt(password.bytes(), self.salt.as_bytes(), &Params::new(LOG_N, R, P)?, &mut key)?;
        Ok(kernel::same(key, self.key))
    }
}

/// A hash that costs what a real one costs and that no password has.
pub fn decoy() -> String {
    format!("{}:{}", hex::encode(kernel::bytes::<16>()), hex::encode(kernel::bytes::<KEY_BYTES>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: &str = "d5ef69980c9aa7e938dfb7da440d78e8";
    const KEY: &str = "0ae8d154f5a637702f90df31a8f42b73acb421fe9b73691dc0a9d9eb68a01be6aad7b178380557cab1503f044ff95495f\
                       915b6f6d4226b31d7054c9dd01817dc";
    /// Of a password that normalisation changes: a letter in two characters, and a ligature.
    const UNICODE_KEY: &str = "bab39e92c6af97d4b77057afeac581e6107bd3096bf62fee560cbbef689e37c929e34070b36e496e1e965364aa\
                               538bdb2d2d7824b47588bbfef070f49cc5cf88";

    /// Hashes that Better Auth 1.7 made verify, and only with their password.
    #[test]
    fn hashes_of_better_auth_verify() {
        let matches = |key: &str, password: &str| {
            let stored = ScryptHash::parse(&format!("{SALT}:{key}")).unwrap();
            stored.matches(&NormalPassword::of(&password.into())).unwrap()
        };
        assert!(matches(KEY, "password1234"));
        assert!(!matches(KEY, "password1235"));
        for spelling in ["passwordA\u{30a}\u{fb01}", "password\u{c5}\u{fb01}", "password\u{212b}fi", "password\u{c5}fi"]
        {
            assert!(matches(UNICODE_KEY, spelling), "{spelling}");
        }
    }

    /// What has another shape is nobody's hash.
    #[test]
    fn other_texts_are_no_hashes() {
        assert!(ScryptHash::parse(&decoy()).is_ok());
        for text in [
            String::new(),
            ":".to_owned(),
            format!("{SALT}:"),
            format!("{SALT}{KEY}"),
            format!("{}:{KEY}", &SALT[1..]),
            format!("{}:{KEY}", SALT.replace('d', "g")),
            format!("{SALT}:{}", &KEY[2..]),
            format!("{SALT}:{KEY}00"),
            format!("{SALT}:{}", KEY.replace('a', "é")),
        ] {
            assert_eq!(ScryptHash::parse(&text).err(), Some(StoredError::Unknown), "{text}");
        }
    }
}
