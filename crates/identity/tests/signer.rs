//! The keys of each algorithm: what they publish, what they write, and that they come back from storage.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking")]

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use identity::{Algorithm, Claims, FetchError, Signer, Verifier, VerifyError};
use kernel::{Clock, UserId};
use serde_json::{Value, json};
use std::sync::Arc;

const ISSUER: &str = "https://auth.example";
const AUDIENCE: &str = "connectors";

fn verifier(signers: &[&Signer]) -> Verifier {
    let keys: Vec<_> = signers.iter().map(|signer| signer.public_key()).collect();
    let document = json!({ "keys": keys }).to_string();
    Verifier::new(ISSUER, AUDIENCE, Clock::system(), move || {
        let bytes = document.clone().into_bytes();
        Box::pin(async move { Ok::<_, FetchError>(bytes) })
    })
}

fn claims() -> Claims {
    Claims {
        sub: UserId::generate(),
        iss: ISSUER.to_owned(),
        aud: AUDIENCE.into(),
        exp: Clock::system().now().timestamp() + 900,
        nbf: None,
        iat: None,
    }
}

fn part(token: &str, index: usize) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(token.split('.').nth(index).unwrap()).unwrap()
}

/// The JWK of each algorithm has exactly its members, in order, with numbers of their full length.
#[test]
fn each_key_publishes_its_own_members() {
    for (algorithm, members, lengths) in [
        (Algorithm::EdDsa, r#"{"alg":"EdDSA","crv":"Ed25519","x":"_","kty":"OKP","kid":"k"}"#, vec![32]),
        (Algorithm::Es256, r#"{"alg":"ES256","crv":"P-256","x":"_","y":"_","kty":"EC","kid":"k"}"#, vec![32, 32]),
        (Algorithm::Rs256, r#"{"alg":"RS256","kty":"RSA","n":"_","e":"_","kid":"k"}"#, vec![256, 3]),
    ] {
        let (signer, _) = Signer::generate(algorithm, "k").unwrap();
        let mut written = serde_json::to_string(&signer.public_key()).unwrap();
        let jwk: Value = serde_json::from_str(&written).unwrap();
        let mut found = Vec::new();
        for number in ["x", "y", "n", "e"].iter().filter_map(|name| jwk[name].as_str()) {
            found.push(URL_SAFE_NO_PAD.decode(number).unwrap().len());
            written = written.replacen(number, "_", 1);
        }
        assert_eq!((written.as_str(), found), (members, lengths));
    }
}

/// The header is the algorithm and the key's id, and nothing else; the signature is as long as its algorithm's are.
#[test]
fn each_header_is_algorithm_and_key_id() {
    for (algorithm, length) in [(Algorithm::EdDsa, 64), (Algorithm::Es256, 64), (Algorithm::Rs256, 256)] {
        let token = Signer::generate(algorithm, "k1").unwrap().0.sign(&claims()).unwrap();
        let header = String::from_utf8(part(&token, 0)).unwrap();
        assert_eq!((header, part(&token, 2).len()), (format!(r#"{{"alg":"{algorithm}","kid":"k1"}}"#), length));
    }
}

/// A key that was stored is the same key: its tokens verify with what was published before.
#[tokio::test]
async fn a_stored_key_signs_as_before() {
    for algorithm in Algorithm::ALL {
        let (made, pkcs8) = Signer::generate(algorithm, "k1").unwrap();
        let stored = Signer::from_pkcs8(algorithm, "k1", &pkcs8).unwrap();
        assert_eq!((stored.public_key(), stored.public_bytes()), (made.public_key(), made.public_bytes()));
        let (verifier, claims) = (verifier(&[&made]), claims());
        for signer in [&made, &stored] {
            assert_eq!(
                verifier.verify(&signer.sign(&claims).unwrap()).await,
                Ok(Arc::new(claims.clone())),
                "{algorithm}"
            );
        }
    }
}

/// A stored key is only ever a key of its own algorithm.
#[test]
fn a_stored_key_of_another_algorithm_is_refused() {
    for made in Algorithm::ALL {
        let (_, pkcs8) = Signer::generate(made, "k1").unwrap();
        for wanted in Algorithm::ALL.into_iter().filter(|wanted| *wanted != made) {
            assert!(Signer::from_pkcs8(wanted, "k1", &pkcs8).is_err(), "{made} as {wanted}");
        }
    }
}

/// A set with a key of each algorithm verifies all three, each only with its own.
#[tokio::test]
async fn keys_of_three_kinds_stand_side_by_side() {
    let signers = Algorithm::ALL.map(|algorithm| Signer::generate(algorithm, algorithm.name()).unwrap().0);
    let (verifier, claims) = (verifier(&signers.each_ref()), claims());
    for signer in &signers {
        assert_eq!(verifier.verify(&signer.sign(&claims).unwrap()).await, Ok(Arc::new(claims.clone())));
        for other in Algorithm::ALL.into_iter().filter(|other| *other != signer.algorithm()) {
            let (crossed, _) = Signer::generate(signer.algorithm(), other.name()).unwrap();
            let token = crossed.sign(&claims).unwrap();
            assert_eq!(verifier.verify(&token).await, Err(VerifyError::AlgorithmRefused), "{token}");
        }
    }
}
