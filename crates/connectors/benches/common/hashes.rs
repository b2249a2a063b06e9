//! One hash of a password, as the auth service makes it, by the library alone.

use argon2::{Algorithm, Argon2, Block, Params, Version};

/// KiB of memory.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;

/// With the memory that one hash after the other is made in.
pub struct Hasher {
    argon: Argon2<'static>,
    memory: Vec<Block>,
}

impl Hasher {
    pub fn new() -> Self {
        let params = Params::new(MEMORY_KIB, PASSES, 1, None).unwrap();
        let memory = vec![Block::new(); params.block_count()];
        Self { argon: Argon2::new(Algorithm::Argon2id, Version::V0x13, params), memory }
    }

    pub fn hash(&mut self) -> [u8; 32] {
        let mut hash = [0; 32];
        let (password, salt) = (b"correct horse battery staple", b"sixteen bytes of");
        self.argon.hash_password_into_with_memory(password, salt, &mut hash, &mut self.memory).unwrap();
        hash
    }
}
