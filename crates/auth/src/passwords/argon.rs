//! Argon2id, in which every password of ours is stored.

use super::{NormalPassword, PasswordError, StoredError};
use argon2::{
    ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version,
    password_hash::{
        Error as PhcError,
        phc::{Output, ParamsString, PasswordHash, Salt},
    },
};

/// KiB of memory for one hash.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
/// What is reserved for one hash, in KiB; only the part that is used becomes resident. More than 32 MiB, because the C
/// library gives blocks of that size back to the system when they are freed. Smaller ones it learns to keep, one for every
/// thread that ever hashed.
const RESERVED_KIB: usize = 33 * 1024;

/// The most that a hash from elsewhere may cost: a database that we import does not decide what a sign-in takes. The
/// widespread defaults (libsodium's interactive, PHP's, node-argon2's) are far below.
const MOST_MEMORY_KIB: u32 = 128 * 1024;
const MOST_PASSES: u32 = 16;
const MOST_LANES: u32 = 16;
/// Memory times passes, in KiB: about half a second.
const MOST_WORK_KIB: u32 = 512 * 1024;
/// Bytes. A shorter output would match by chance.
const SHORTEST_OUTPUT: usize = 16;

/// What one thread hashes in. Kept from one hash to the next while others wait, and given back after the last.
#[derive(Default)]
pub struct Memory(Vec<Block>);

impl Memory {
    fn of(&mut self, blocks: usize) -> &mut [Block] {
        if self.0.len() < blocks {
            self.0.clear();
            self.0.reserve_exact(blocks.max(RESERVED_KIB));
            self.0.resize(blocks, Block::new());
        }
        // What an earlier hash left there is overwritten before it is read.
        &mut self.0[..blocks]
    }

    pub fn give_back(&mut self) {
        self.0 = Vec::new();
    }

    pub fn is_held(&self) -> bool {
        self.0.capacity() > 0
    }
}

/// A stored hash with its parameters.
pub struct Argon2Hash {
    params: Params,
    salt: Salt,
    expected: Output,
}

impl Argon2Hash {
    pub fn parse(text: &str) -> Result<Self, StoredError> {
        let parsed = PasswordHash::new(text).map_err(|_| StoredError::Unknown)?;
        let (Some(salt), Some(expected)) = (parsed.salt, parsed.hash) else { return Err(StoredError::Unknown) };
        let known = parsed.algorithm == ARGON2ID_IDENT && parsed.version == Some(Version::V0x13.into());
        if !known || expected.len() < SHORTEST_OUTPUT {
            return Err(StoredError::Unknown);
        }
        let params = Params::try_from(&parsed).map_err(|_| StoredError::Unknown)?;
        let affordable = params.m_cost() <= MOST_MEMORY_KIB
            && params.t_cost() <= MOST_PASSES
            && params.p_cost() <= MOST_LANES
            && params.m_cost().saturating_mul(params.t_cost()) <= MOST_WORK_KIB;
        if affordable { Ok(Self { params, salt, expected }) } else { Err(StoredError::TooExpensive) }
    }

    pub fn matches(&self, password: &NormalPassword, memory: &mut Memory) -> Result<bool, PasswordError> {
        let output = derive(&self.params, password, &self.salt, self.expected.len(), memory)?;
        Ok(kernel::same(output.as_bytes(), self.expected.as_bytes()))
    }

    /// Whether guessing it costs less than guessing one of ours: in memory, or in memory times passes.
    pub fn is_weaker_than_ours(&self) -> bool {
        let work = |memory: u32, passes: u32| u64::from(memory) * u64::from(passes);
        self.params.m_cost() < MEMORY_KIB
            || work(self.params.m_cost(), self.params.t_cost()) < work(MEMORY_KIB, PASSES)
            || self.expected.len() < Params::DEFAULT_OUTPUT_LEN
    }
}

/// The hash to store, in the PHC format, with a salt of its own.
pub fn hash(password: &NormalPassword, memory: &mut Memory) -> Result<String, PasswordError> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None)?;
    let salt = Salt::new(&kernel::bytes::<16>())?;
    let output = derive(&params, password, &salt, Params::DEFAULT_OUTPUT_LEN, memory)?;
    Ok(written(ParamsString::try_from(&params)?, salt, output))
}

/// A hash that costs what a real one with these parameters costs and that no password has.
pub fn decoy(params: &str) -> Result<String, PasswordError> {
    let (salt, output) = (Salt::new(&kernel::bytes::<16>())?, Output::new(&kernel::bytes::<32>())?);
    Ok(written(params.parse()?, salt, output))
}

/// The parameters of our own hashes, as they stand in the PHC format.
pub fn our_params() -> String {
    format!("m={MEMORY_KIB},t={PASSES},p=1")
}

fn written(params: ParamsString, salt: Salt, output: Output) -> String {
    let hash = PasswordHash {
        algorithm: ARGON2ID_IDENT,
        version: Some(Version::V0x13.into()),
        params,
        salt: Some(salt),
        hash: Some(output),
    };
    hash.to_string()
}

fn derive(
    params: &Params,
    password: &NormalPassword,
    salt: &Salt,
    length: usize,
    memory: &mut Memory,
) -> Result<Output, PasswordError> {
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    let mut output = vec![0; length];
    argon2.hash_password_into_with_memory(password.bytes(), salt, &mut output, memory.of(params.block_count()))?;
    Ok(Output::new(&output).map_err(PhcError::from)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> NormalPassword {
        NormalPassword::of(&text.into())
    }

    /// A hash that another implementation made (the reference one, of the password "password") verifies, whatever an
    /// earlier hash left in the memory.
    #[test]
    fn a_foreign_hash_verifies() {
        let stored = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        let (stored, mut memory) = (Argon2Hash::parse(stored).unwrap(), Memory::default());
        assert!(stored.matches(&password("password"), &mut memory).unwrap());
        assert!(!stored.matches(&password("Password"), &mut memory).unwrap());
        let ours = Argon2Hash::parse(&hash(&password("password"), &mut memory).unwrap()).unwrap();
        assert!(ours.matches(&password("password"), &mut memory).unwrap());
        assert!(stored.matches(&password("password"), &mut memory).unwrap());
        assert!(!stored.is_weaker_than_ours() && !ours.is_weaker_than_ours());
    }

    /// A hash that would cost gigabytes or minutes is not one we check, and neither is another algorithm.
    #[test]
    fn an_expensive_hash_is_not_run() {
        let of = |params: &str| Argon2Hash::parse(&decoy(params).unwrap()).map(|hash| hash.is_weaker_than_ours());
        for (params, expected) in [
            (our_params().as_str(), Ok(false)),
            ("m=65536,t=3,p=4", Ok(false)),
            ("m=131072,t=4,p=1", Ok(false)),
            ("m=9216,t=4,p=1", Ok(true)),
            ("m=19456,t=1,p=1", Ok(true)),
            ("m=4194304,t=1,p=1", Err(StoredError::TooExpensive)),
            ("m=131072,t=5,p=1", Err(StoredError::TooExpensive)),
            ("m=64,t=1000000,p=1", Err(StoredError::TooExpensive)),
            ("m=19456,t=2,p=64", Err(StoredError::TooExpensive)),
            ("m=0,t=2,p=1", Err(StoredError::Unknown)),
        ] {
            assert_eq!(of(params), expected, "{params}");
        }
        let ours = decoy(&our_params()).unwrap();
        for other in [
            ours.replace("argon2id", "argon2i"),
            ours.replace("v=19", "v=16"),
            ours.rsplit_once('$').unwrap().0.to_owned(),
            "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm".to_owned(),
            String::new(),
        ] {
            assert_eq!(Argon2Hash::parse(&other).err(), Some(StoredError::Unknown), "{other}");
        }
    }
}
