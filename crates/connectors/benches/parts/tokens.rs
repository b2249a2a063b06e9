//! The check of a session's JWT: of tokens that were never seen before, and of one that is sent again and again.

use criterion::{BatchSize, Criterion};
use identity::{Algorithm, Claims, FetchError, Signer, Verifier};
use kernel::{Clock, UserId};
use serde_json::json;

const ISSUER: &str = "https://auth.example";
const AUDIENCE: &str = "connectors";

pub fn measure(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut group = criterion.benchmark_group("jwt");
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
        let (signer, _pkcs8) = Signer::generate(algorithm, "a-key-of-the-benchmark").unwrap();
        let verifier = verifier(&signer);
        let verify = |token: &str| runtime.block_on(verifier.verify(token)).unwrap();
        group.bench_function(format!("{algorithm} sign"), |bencher| bencher.iter(|| token(&signer)));
        group.bench_function(format!("{algorithm} verify, first"), |bencher| {
            bencher.iter_batched(|| token(&signer), |token| verify(&token), BatchSize::SmallInput);
        });
        let known = token(&signer);
        group.bench_function(format!("{algorithm} verify, again"), |bencher| bencher.iter(|| verify(&known)));
    }
}

fn verifier(signer: &Signer) -> Verifier {
    let published = json!({ "keys": [signer.public_key()] }).to_string();
    Verifier::new(ISSUER, AUDIENCE, Clock::system(), move || {
        let bytes = published.clone().into_bytes();
        Box::pin(async move { Ok::<_, FetchError>(bytes) })
    })
}

/// Each of somebody else.
fn token(signer: &Signer) -> String {
    let now = Clock::system().now().timestamp();
    let (sub, iss, aud) = (UserId::generate(), ISSUER.to_owned(), AUDIENCE.into());
    signer.sign(&Claims { sub, iss, aud, exp: now + 900, nbf: None, iat: Some(now) }).unwrap()
}
