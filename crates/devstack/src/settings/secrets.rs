//! The secrets made on the first start.

use super::{Values, vendors};
use kernel::{alphanumeric, bytes, token};

/// A secret, the other names under which a person may have set it, and how it is made.
type Secret = (&'static str, &'static [&'static str], fn() -> String);

const SECRETS: &[Secret] = &[
    ("BETTER_AUTH_SECRET", &[], || alphanumeric(48)),
    ("JWT_SECRET", &[], || alphanumeric(48)),
    ("ENCRYPTION_KEY", &["AIT_ENCRYPTION_KEY", "ENCRYPTION_KEYS"], || hex::encode(bytes::<32>())),
    ("OPERATOR_TOKENS", &["POBLYSH_OPERATOR_TOKENS", "OPERATOR_TOKEN", "POBLYSH_OPERATOR_TOKEN"], token),
    ("DB_PASSWORD", &[], || alphanumeric(32)),
    ("REDIS_PASSWORD", &[], || alphanumeric(32)),
];

/// Those that neither exist nor were set by the person. The vendors' are made in any case: the sandbox wants some.
pub fn missing(made: &Values, given: &Values) -> Values {
    let own = SECRETS.iter().filter(|(key, ..)| !given.contains_key(*key) && !covered(key, given));
    let own = own.map(|(key, _, make)| (*key, *make));
    own.chain(vendors::credentials())
        .filter(|(key, _)| !made.contains_key(*key))
        .map(|(key, make)| (key.to_owned(), make()))
        .collect()
}

/// Whether the person set this under another name. Ours has to step back then: of two names, the services may take ours.
pub fn covered(key: &str, given: &Values) -> bool {
    let aliases = SECRETS.iter().find(|(name, ..)| *name == key).map_or(&[][..], |(_, aliases, _)| aliases);
    aliases.iter().any(|alias| given.contains_key(*alias))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(keys: &[&str]) -> Values {
        keys.iter().map(|key| ((*key).to_owned(), "value".to_owned())).collect()
    }

    /// The second start finds everything and makes nothing.
    #[test]
    fn secrets_are_made_once() {
        let first = missing(&Values::new(), &Values::new());
        assert_eq!(missing(&first, &Values::new()), Values::new());
    }

    /// Any of its names will do.
    #[test]
    fn a_secret_the_person_set_is_not_made() {
        let fresh = missing(&Values::new(), &values(&["JWT_SECRET", "AIT_ENCRYPTION_KEY", "OPERATOR_TOKEN"]));
        let theirs = ["JWT_SECRET", "ENCRYPTION_KEY", "OPERATOR_TOKENS"];
        assert_eq!(theirs.map(|key| fresh.contains_key(key)), [false; 3]);
        assert_eq!(fresh["BETTER_AUTH_SECRET"].len(), 48);
    }

    /// The form the vault asks for.
    #[test]
    fn the_encryption_key_is_64_hex_digits() {
        let key = &missing(&Values::new(), &Values::new())["ENCRYPTION_KEY"];
        assert_eq!(hex::decode(key).map(|bytes| bytes.len()), Ok(32));
    }
}
