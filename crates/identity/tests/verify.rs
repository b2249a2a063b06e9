//! What the verifier accepts, and everything it must refuse.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking")]

use aws_lc_rs::signature;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use identity::{Algorithm, Claims, FetchError, Fetching, Signer, Verifier, VerifyError};
use kernel::{Clock, UserId};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::Arc;

const ISSUER: &str = "https://auth.example";
const AUDIENCE: &str = "connectors";

struct Setup {
    signer: Signer,
    clock: Clock,
    verifier: Verifier,
    user: UserId,
}

fn serving(document: String) -> impl Fn() -> Fetching + Send + Sync + 'static {
    move || {
        let bytes = document.clone().into_bytes();
        Box::pin(async move { Ok::<_, FetchError>(bytes) })
    }
}

fn setup() -> Setup {
    let (signer, _) = Signer::generate(Algorithm::EdDsa, "k1").unwrap();
    let clock = Clock::system();
    let document = json!({"keys": [signer.public_key()]}).to_string();
    let verifier = Verifier::new(ISSUER, AUDIENCE, clock.clone(), serving(document));
    Setup { signer, clock, verifier, user: UserId::generate() }
}

impl Setup {
    fn claims(&self) -> Value {
        let now = self.clock.now().timestamp();
        json!({"sub": self.user.simple(), "iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now + 900})
    }

    fn with(&self, changes: &Value) -> Value {
        let mut claims = self.claims();
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims
    }

    async fn outcome(&self, claims: &Value) -> Result<Claims, VerifyError> {
        self.verifier.verify(&self.signer.sign(claims).unwrap()).await.map(Arc::unwrap_or_clone)
    }
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// A token with any header, signed by any means.
fn token(header: &Value, claims: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let signed = format!("{}.{}", part(header), part(claims));
    let signature = URL_SAFE_NO_PAD.encode(sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

/// A good token gives its claims, whatever else it carries, and the header is exactly `alg` and `kid`.
#[tokio::test]
async fn a_good_token_is_accepted() {
    let setup = setup();
    let now = setup.clock.now().timestamp();
    let token = setup.signer.sign(&setup.with(&json!({"email": "ada@example.com"}))).unwrap();
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    assert_eq!(String::from_utf8(header).unwrap(), r#"{"alg":"EdDSA","kid":"k1"}"#);
    let claims = Claims {
        sub: setup.user,
        iss: ISSUER.to_owned(),
        aud: AUDIENCE.into(),
        exp: now + 900,
        nbf: None,
        iat: Some(now),
    };
    assert_eq!(setup.verifier.verify(&token).await, Ok(Arc::new(claims)));
    assert!(setup.outcome(&setup.with(&json!({"aud": ["other", AUDIENCE]}))).await.is_ok());
}

/// Claims that are missing, of the wrong type or of the wrong value are refused, each for its own reason.
#[tokio::test]
async fn wrong_claims_are_refused() {
    let setup = setup();
    let now = setup.clock.now().timestamp();
    for (changes, expected) in [
        (json!({"iss": "https://auth.example/"}), VerifyError::WrongIssuer),
        (json!({"iss": "https://auth.exampl"}), VerifyError::WrongIssuer),
        (json!({"iss": [ISSUER]}), VerifyError::Malformed),
        (json!({"iss": null}), VerifyError::Malformed),
        (json!({"aud": "connectors2"}), VerifyError::WrongAudience),
        (json!({"aud": ["connect", "ors"]}), VerifyError::WrongAudience),
        (json!({"aud": []}), VerifyError::WrongAudience),
        (json!({"aud": null}), VerifyError::Malformed),
        (json!({"sub": "not-a-user"}), VerifyError::Malformed),
        (json!({"sub": null}), VerifyError::Malformed),
        (json!({"exp": now - 31}), VerifyError::Expired),
        (json!({"exp": 0}), VerifyError::Expired),
        (json!({"exp": -1}), VerifyError::Malformed),
        (json!({"exp": i64::MAX}), VerifyError::Malformed),
        (json!({"exp": u64::MAX}), VerifyError::Malformed),
        (json!({"exp": 1e300}), VerifyError::Malformed),
        (json!({"exp": (now + 900).to_string()}), VerifyError::Malformed),
        (json!({"exp": [now + 900]}), VerifyError::Malformed),
        (json!({"exp": 4_102_444_800.5}), VerifyError::Malformed),
        (json!({"exp": null}), VerifyError::Malformed),
        (json!({"nbf": now + 60}), VerifyError::NotYetValid),
        (json!({"nbf": (now - 60).to_string()}), VerifyError::Malformed),
        (json!({"nbf": null}), VerifyError::Malformed),
        (json!({"iat": now + 60}), VerifyError::NotYetValid),
    ] {
        assert_eq!(setup.outcome(&setup.with(&changes)).await, Err(expected), "{changes}");
    }
    for name in ["iss", "aud", "sub", "exp"] {
        let mut claims = setup.claims();
        claims.as_object_mut().unwrap().remove(name);
        assert_eq!(setup.outcome(&claims).await, Err(VerifyError::Malformed), "{name}");
    }
}

/// Clocks may be half a minute apart, and no more.
#[tokio::test]
async fn the_leeway_is_thirty_seconds() {
    let setup = setup();
    let now = setup.clock.now().timestamp();
    assert!(setup.outcome(&setup.with(&json!({"exp": now - 28, "nbf": now + 28}))).await.is_ok());
    assert_eq!(setup.outcome(&setup.with(&json!({"exp": now - 30}))).await, Err(VerifyError::Expired));
}

/// An algorithm that is not ours, and one that is not the key's, are refused.
#[tokio::test]
async fn the_algorithm_is_ours_to_choose() {
    let setup = setup();
    let claims = setup.claims();
    for name in ["", "HS512", "ES512", "PS256", "eddsa", "Ed25519"] {
        let token = token(&json!({"alg": name, "kid": "k1"}), &claims, |_| Vec::new());
        assert_eq!(setup.verifier.verify(&token).await, Err(VerifyError::AlgorithmRefused), "{name}");
    }
    for name in ["ES256", "RS256"] {
        let token = token(&json!({"alg": name, "kid": "k1"}), &claims, |_| vec![7; 64]);
        assert_eq!(setup.verifier.verify(&token).await, Err(VerifyError::AlgorithmRefused), "{name}");
    }
}

/// A key from the token itself is not used, nor is one of an unknown or missing id.
#[tokio::test]
async fn the_key_is_ours_to_choose() {
    let setup = setup();
    let (stranger, _) = Signer::generate(Algorithm::EdDsa, "k1").unwrap();
    let token_of_stranger = stranger.sign(&setup.claims()).unwrap();
    assert_eq!(setup.verifier.verify(&token_of_stranger).await, Err(VerifyError::BadSignature));
    let parts: Vec<_> = token_of_stranger.split('.').collect();
    let header = json!({
        "alg": "EdDSA", "kid": "k1", "jwk": stranger.public_key(), "jku": "https://evil.example/jwks", "x5u": "https://evil.example",
    });
    let injected = format!("{}.{}.{}", part(&header), parts[1], parts[2]);
    assert_eq!(setup.verifier.verify(&injected).await, Err(VerifyError::BadSignature));
    let (unknown, _) = Signer::generate(Algorithm::EdDsa, "k2' or 1=1").unwrap();
    let token_of_unknown = unknown.sign(&setup.claims()).unwrap();
    assert_eq!(setup.verifier.verify(&token_of_unknown).await, Err(VerifyError::UnknownKey));
    for header in [json!({"alg": "EdDSA"}), json!({"alg": "EdDSA", "kid": 1}), json!({"alg": "EdDSA", "kid": null})] {
        let token = format!("{}.{}.{}", part(&header), parts[1], parts[2]);
        assert_eq!(setup.verifier.verify(&token).await, Err(VerifyError::Malformed), "{header}");
    }
}

/// A token that demands an extension, or says it is another kind of token, is refused even when its signature holds.
#[tokio::test]
async fn extensions_and_other_kinds_are_refused() {
    let (signer, pkcs8) = Signer::generate(Algorithm::EdDsa, "k1").unwrap();
    let pair = signature::Ed25519KeyPair::from_pkcs8(pkcs8.expose()).unwrap();
    let document = json!({"keys": [signer.public_key()]}).to_string();
    let verifier = Verifier::new(ISSUER, AUDIENCE, Clock::system(), serving(document));
    let now = Clock::system().now().timestamp();
    let claims = json!({"sub": UserId::generate().simple(), "iss": ISSUER, "aud": AUDIENCE, "exp": now + 900});
    let outcome = async |extra: Value| {
        let mut header = json!({"alg": "EdDSA", "kid": "k1"});
        header.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let token = token(&header, &claims, |message| pair.sign(message).as_ref().to_vec());
        verifier.verify(&token).await.map(|_| ())
    };
    assert_eq!(outcome(json!({"typ": "JWT"})).await, Ok(()));
    for crit in [json!(["exp"]), json!(["b64"]), json!([]), json!(null), json!("x")] {
        assert_eq!(outcome(json!({"crit": crit})).await, Err(VerifyError::CriticalHeader));
    }
    assert_eq!(outcome(json!({"typ": "at+jwt"})).await, Err(VerifyError::Malformed));
}

/// Length costs nothing: a megabyte of dots is refused before it is split.
#[tokio::test]
async fn a_megabyte_of_dots_is_refused_at_once() {
    let setup = setup();
    let dots = ".".repeat(1024 * 1024);
    assert_eq!(setup.verifier.verify(&dots).await, Err(VerifyError::TooLong));
    for short in ["", ".", "..", "...", "....", "a.b", "a.b.c", "a.b.c.d.e", &".".repeat(8192)] {
        assert_eq!(setup.verifier.verify(short).await, Err(VerifyError::Malformed), "{}", short.len());
    }
}

/// A name given twice is refused, where another reader might take the other value.
#[tokio::test]
async fn doubled_names_are_refused() {
    let (signer, pkcs8) = Signer::generate(Algorithm::EdDsa, "k1").unwrap();
    let pair = signature::Ed25519KeyPair::from_pkcs8(pkcs8.expose()).unwrap();
    let document = json!({"keys": [signer.public_key()]}).to_string();
    let verifier = Verifier::new(ISSUER, AUDIENCE, Clock::system(), serving(document));
    let payload = format!(
        r#"{{"sub":"{0}","sub":"{0}","iss":"{ISSUER}","aud":"{AUDIENCE}","exp":4102444800}}"#,
        UserId::generate().simple()
    );
    let message = format!("{}.{}", part(&json!({"alg": "EdDSA", "kid": "k1"})), URL_SAFE_NO_PAD.encode(payload));
    let signature = URL_SAFE_NO_PAD.encode(pair.sign(message.as_bytes()).as_ref());
    assert_eq!(verifier.verify(&format!("{message}.{signature}")).await, Err(VerifyError::Malformed));
}

proptest! {
    /// Any change to any one character of a token makes it worthless.
    #[test]
    fn a_changed_character_is_noticed(position in any::<prop::sample::Index>(), replacement in "[A-Za-z0-9_.=-]") {
        let setup = setup();
        let token = setup.signer.sign(&setup.claims()).unwrap();
        let at = position.index(token.len());
        let changed = format!("{}{replacement}{}", &token[..at], &token[at + 1..]);
        prop_assume!(changed != token);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        prop_assert!(runtime.block_on(setup.verifier.verify(&changed)).is_err());
    }

    /// No input makes the verifier panic or accept.
    #[test]
    fn noise_is_refused(noise in "\\PC{0,200}", dotted in "[A-Za-z0-9_-]{0,60}\\.[A-Za-z0-9_-]{0,60}\\.[A-Za-z0-9_-]{0,60}") {
        let setup = setup();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        prop_assert!(runtime.block_on(setup.verifier.verify(&noise)).is_err());
        prop_assert!(runtime.block_on(setup.verifier.verify(&dotted)).is_err());
    }
}
