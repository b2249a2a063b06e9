//! One hash of a password: ours, and the one that people of a Better Auth installation bring.

use crate::hashes::Hasher;
use criterion::{Criterion, SamplingMode};
use scrypt::{Params, scrypt};

/// Each takes as long as a thousand of the other parts.
const SAMPLES: usize = 10;
/// Better Auth's: N = 16384, r = 16, p = 1.
const SCRYPT: (u8, u32, u32) = (14, 16, 1);

pub fn measure(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("password");
    group.sampling_mode(SamplingMode::Flat).sample_size(SAMPLES);
    let mut hasher = Hasher::new();
    group.bench_function("argon2id m=19456 t=2 p=1", |bencher| bencher.iter(|| hasher.hash()));
    let params = Params::new(SCRYPT.0, SCRYPT.1, SCRYPT.2).unwrap();
    let mut hash = [0; 64];
    group.bench_function("scrypt N=16384 r=16 p=1", |bencher| {
        bencher.iter(|| scrypt(b"correct horse battery staple", b"sixteen bytes of", &params, &mut hash).unwrap());
    });
}
