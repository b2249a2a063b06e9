//! What the password of an unknown person is compared with, so that the answer takes the time that a known person's takes.
//!
//! Not every stored hash costs the same: people who were imported keep their old one until they sign in. So there is a decoy
//! for each kind of hash that is stored, and an address is given one of them, always the same, as often as real people have
//! that kind. The time of an answer then says which kind was checked, and not whether somebody is there.

use super::{PasswordError, Stored, argon, better_auth};
use hmac::{Hmac, KeyInit, Mac};
use kernel::Secret;
use sha2::Sha256;
use std::sync::{Arc, PoisonError, RwLock};

/// The decoys, and who gets which.
pub struct Decoys {
    /// Without the key nobody can compute which decoy an address gets, and compare.
    key: Hmac<Sha256>,
    kinds: RwLock<Vec<Kind>>,
    /// Like a hash that we make today.
    ours: Arc<Stored>,
}

struct Kind {
    decoy: Arc<Stored>,
    /// How many people have it.
    count: u64,
}

impl Decoys {
    /// Until somebody says otherwise, everybody's password is one of our own hashes.
    pub fn new(secret: &Secret) -> Result<Self, PasswordError> {
        let key = vault::derive(secret, "auth decoy passwords")?;
        let ours = Stored::parse(&argon::decoy(&argon::our_params())?)?;
        Ok(Self { key: Hmac::new_from_slice(&*key)?, kinds: RwLock::default(), ours: Arc::new(ours) })
    }

    /// Takes over how many people have which kind of hash: `scrypt`, or the parameters of an Argon2id hash.
    pub fn follow(&self, counts: &[(String, u64)]) {
        let kind = |(name, count): &(String, u64)| {
            let decoy = match name.as_str() {
                "scrypt" => better_auth::decoy(),
                params => argon::decoy(params).ok()?,
            };
            // One that cannot be read or is too expensive is not run for anybody.
            Some(Kind { decoy: Arc::new(Stored::parse(&decoy).ok()?), count: *count })
        };
        let kinds = counts.iter().filter_map(kind).collect();
        *self.kinds.write().unwrap_or_else(PoisonError::into_inner) = kinds;
    }

    /// The decoy of an address.
    pub fn of(&self, email: &str) -> Arc<Stored> {
        let kinds = self.kinds.read().unwrap_or_else(PoisonError::into_inner);
        let total: u64 = kinds.iter().map(|kind| kind.count).sum();
        let mut place = self.place(email, total);
        for kind in kinds.iter() {
            match place.checked_sub(kind.count) {
                Some(rest) => place = rest,
                None => return Arc::clone(&kind.decoy),
            }
        }
        self.ours()
    }

    pub fn ours(&self) -> Arc<Stored> {
        Arc::clone(&self.ours)
    }

    /// A number below `total` that belongs to the address.
    fn place(&self, email: &str, total: u64) -> u64 {
        let mut mac = self.key.clone();
        mac.update(email.as_bytes());
        let digest: [u8; 32] = mac.finalize().into_bytes().into();
        let mut first = [0; 8];
        first.copy_from_slice(&digest[..8]);
        let fraction = u64::from_be_bytes(first);
        // The upper half of the product; it always fits.
        u64::try_from((u128::from(fraction) * u128::from(total)) >> 64).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses() -> impl Iterator<Item = String> {
        (0..1000).map(|n| format!("somebody-{n}@example.com"))
    }

    fn scrypts(decoys: &Decoys) -> usize {
        addresses().filter(|email| matches!(*decoys.of(email), Stored::Scrypt(_))).count()
    }

    /// Unknown addresses are given the kinds of hashes in the ratio in which known ones have them, each always the same.
    #[test]
    fn decoys_follow_what_is_stored() {
        let decoys = Decoys::new(&"a secret of the test".into()).unwrap();
        let counts = |ours: u64, scrypt: u64| [(argon::our_params(), ours), ("scrypt".to_owned(), scrypt)];
        assert_eq!(scrypts(&decoys), 0);
        decoys.follow(&counts(7500, 2500));
        assert!((200..300).contains(&scrypts(&decoys)), "{}", scrypts(&decoys));
        let before: Vec<bool> = addresses().map(|email| matches!(*decoys.of(&email), Stored::Scrypt(_))).collect();
        decoys.follow(&counts(9000, 1000));
        let after: Vec<bool> = addresses().map(|email| matches!(*decoys.of(&email), Stored::Scrypt(_))).collect();
        // As with real people: some have been given a new hash, none an old one.
        assert!(before.iter().zip(&after).all(|(before, after)| *before || !after));
        decoys.follow(&counts(0, 10));
        assert_eq!(scrypts(&decoys), 1000);
        decoys.follow(&[("m=4194304,t=1,p=1".to_owned(), 10), ("nonsense".to_owned(), 10)]);
        assert_eq!(scrypts(&decoys), 0);
    }
}
