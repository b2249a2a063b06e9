//! What is believed of another issuer's ID token.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking")]

use aws_lc_rs::signature::Ed25519KeyPair;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use identity::{Algorithm, FetchError, IdClaims, IdTokenRules, IdTokens, Signer, VerifyError};
use kernel::Clock;
use serde_json::{Value, json};

const CLIENT: &str = "1234.apps.example";

struct Setup {
    signer: Signer,
    clock: Clock,
    tokens: IdTokens,
}

fn checking(document: String, algorithms: &[Algorithm], clock: Clock) -> IdTokens {
    let rules = IdTokenRules {
        issuers: vec!["https://accounts.example".to_owned(), "accounts.example".to_owned()],
        client_id: CLIENT.to_owned(),
        algorithms: algorithms.to_vec(),
    };
    IdTokens::new(rules, clock, move || {
        let bytes = document.clone().into_bytes();
        Box::pin(async move { Ok::<_, FetchError>(bytes) })
    })
}

/// An issuer whose keys say what they are for, as the large ones do.
fn setup(algorithm: Algorithm) -> Setup {
    let (signer, _) = Signer::generate(algorithm, "k1").unwrap();
    let mut key = serde_json::to_value(signer.public_key()).unwrap();
    key["use"] = json!("sig");
    let clock = Clock::system();
    let tokens = checking(json!({ "keys": [key] }).to_string(), &[algorithm], clock.clone());
    Setup { signer, clock, tokens }
}

impl Setup {
    fn claims(&self, changes: &Value) -> Value {
        let now = self.clock.now().timestamp();
        let mut claims = json!({
            "iss": "https://accounts.example", "aud": CLIENT, "azp": CLIENT, "sub": "1017", "iat": now, "exp": now + 3600,
            "email": "ada@example.com", "email_verified": true, "name": "Ada", "picture": "https://img.example/a",
            "nonce": "n-1", "hd": "example.com",
        });
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims
    }

    async fn verify(&self, changes: &Value, nonce: Option<&str>) -> Result<IdClaims, VerifyError> {
        self.tokens.verify(&self.signer.sign(&self.claims(changes)).unwrap(), nonce).await
    }
}

/// A good token of any allowed algorithm says who the person is; under either spelling of the issuer, with all its claims.
#[tokio::test]
async fn a_good_token_says_who_the_person_is() {
    for algorithm in Algorithm::ALL {
        let setup = setup(algorithm);
        let claims = setup.claims(&json!({"iss": "accounts.example"}));
        let expected = IdClaims {
            sub: "1017".to_owned(),
            email: Some("ada@example.com".to_owned()),
            email_verified: true,
            name: Some("Ada".to_owned()),
            picture: Some("https://img.example/a".to_owned()),
            raw: claims.as_object().unwrap().clone(),
        };
        let token = setup.signer.sign(&claims).unwrap();
        assert_eq!(setup.tokens.verify(&token, Some("n-1")).await, Ok(expected));
        assert!(setup.verify(&json!({"aud": [CLIENT]}), None).await.is_ok());
        assert!(setup.verify(&json!({"aud": [CLIENT, "other"]}), None).await.is_ok());
    }
}

/// An address is the person's only where the issuer says so, in one of the two ways it is said.
#[tokio::test]
async fn an_address_is_verified_only_if_said() {
    let setup = setup(Algorithm::EdDsa);
    for (said, verified) in [
        (json!(true), true),
        (json!("true"), true),
        (json!(false), false),
        (json!("false"), false),
        (json!("True"), false),
        (json!(1), false),
        (json!(["true"]), false),
        (json!(null), false),
    ] {
        let claims = setup.verify(&json!({"email_verified": said}), None).await.unwrap();
        assert_eq!(claims.email_verified, verified, "{said}");
    }
    let bare = setup.verify(&json!({"email": null, "name": 7, "picture": {}}), None).await.unwrap();
    assert_eq!((bare.email, bare.name, bare.picture), (None, None, None));
}

/// Claims that are missing, of the wrong type or about somebody else are refused, each for its own reason.
#[tokio::test]
async fn wrong_claims_are_refused() {
    let setup = setup(Algorithm::EdDsa);
    let now = setup.clock.now().timestamp();
    for (changes, expected) in [
        (json!({"iss": "https://accounts.example/"}), VerifyError::WrongIssuer),
        (json!({"iss": "http://accounts.example"}), VerifyError::WrongIssuer),
        (json!({"iss": "https://accounts.example.evil"}), VerifyError::WrongIssuer),
        (json!({"iss": ["accounts.example"]}), VerifyError::Malformed),
        (json!({"aud": "5678.apps.example"}), VerifyError::WrongAudience),
        (json!({"aud": [], "azp": CLIENT}), VerifyError::WrongAudience),
        (json!({"aud": ["other", CLIENT], "azp": "other"}), VerifyError::WrongAudience),
        (json!({"azp": "other"}), VerifyError::WrongAudience),
        (json!({"azp": 1}), VerifyError::Malformed),
        (json!({"sub": ""}), VerifyError::Malformed),
        (json!({"sub": 1017}), VerifyError::Malformed),
        (json!({"sub": "é"}), VerifyError::Malformed),
        (json!({"sub": "1".repeat(256)}), VerifyError::Malformed),
        (json!({"exp": now - 31}), VerifyError::Expired),
        (json!({"exp": (now + 60).to_string()}), VerifyError::Malformed),
        (json!({"iat": now + 60}), VerifyError::NotYetValid),
        (json!({"iat": null}), VerifyError::Malformed),
        (json!({"nbf": now + 60}), VerifyError::NotYetValid),
        (json!({"nbf": null}), VerifyError::Malformed),
    ] {
        assert_eq!(setup.verify(&changes, None).await, Err(expected), "{changes}");
    }
    let without = async |name: &str| {
        let mut claims = setup.claims(&json!({}));
        claims.as_object_mut().unwrap().remove(name);
        setup.tokens.verify(&setup.signer.sign(&claims).unwrap(), None).await
    };
    for name in ["iss", "aud", "sub", "exp", "iat"] {
        assert_eq!(without(name).await, Err(VerifyError::Malformed), "{name}");
    }
    assert!(without("azp").await.is_ok());
    let mut several = setup.claims(&json!({"aud": [CLIENT, "other"]}));
    several.as_object_mut().unwrap().remove("azp");
    let token = setup.signer.sign(&several).unwrap();
    assert_eq!(setup.tokens.verify(&token, None).await, Err(VerifyError::WrongAudience));
}

/// A nonce that was sent must come back; where none was sent, none is looked for.
#[tokio::test]
async fn a_nonce_must_come_back() {
    let setup = setup(Algorithm::EdDsa);
    for (said, sent, expected) in [
        (json!("n-1"), Some("n-1"), Ok(())),
        (json!("n-1"), None, Ok(())),
        (json!(null), None, Ok(())),
        (json!("n-2"), Some("n-1"), Err(VerifyError::WrongNonce)),
        (json!("n-1 "), Some("n-1"), Err(VerifyError::WrongNonce)),
        (json!(""), Some("n-1"), Err(VerifyError::WrongNonce)),
        (json!(null), Some("n-1"), Err(VerifyError::WrongNonce)),
        (json!(["n-1"]), Some("n-1"), Err(VerifyError::Malformed)),
    ] {
        assert_eq!(setup.verify(&json!({"nonce": said}), sent).await.map(|_| ()), expected, "{said} for {sent:?}");
    }
}

/// An algorithm that this issuer is not known to use is refused before any key is asked for, published or not.
#[tokio::test]
async fn only_the_issuers_algorithms_are_taken() {
    let setup = setup(Algorithm::EdDsa);
    let document = json!({"keys": [setup.signer.public_key()]}).to_string();
    let strict = checking(document, &[Algorithm::Rs256, Algorithm::Es256], setup.clock.clone());
    let token = setup.signer.sign(&setup.claims(&json!({}))).unwrap();
    assert_eq!(strict.verify(&token, None).await.map(|_| ()), Err(VerifyError::AlgorithmRefused));
}

/// A stranger's key of the same id does not open the door, and a name given twice is refused, whichever it is.
#[tokio::test]
async fn forged_and_doubtful_tokens_are_refused() {
    let setup = setup(Algorithm::EdDsa);
    let (stranger, _) = Signer::generate(Algorithm::EdDsa, "k1").unwrap();
    let forged = stranger.sign(&setup.claims(&json!({}))).unwrap();
    assert_eq!(setup.tokens.verify(&forged, None).await.map(|_| ()), Err(VerifyError::BadSignature));

    let (signer, pkcs8) = Signer::generate(Algorithm::EdDsa, "k1").unwrap();
    let pair = Ed25519KeyPair::from_pkcs8(pkcs8.expose()).unwrap();
    let tokens = checking(json!({"keys": [signer.public_key()]}).to_string(), &[Algorithm::EdDsa], Clock::system());
    let outcome = async |payload: &str| {
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"EdDSA","kid":"k1"}"#);
        let message = format!("{header}.{}", URL_SAFE_NO_PAD.encode(payload));
        let signature = URL_SAFE_NO_PAD.encode(pair.sign(message.as_bytes()));
        tokens.verify(&format!("{message}.{signature}"), None).await.map(|_| ())
    };
    let good = setup.claims(&json!({})).to_string();
    assert_eq!(outcome(&good).await, Ok(()));
    let doubled = |name: &str, value: &str| format!("{{{name:?}:{value},{}", &good[1..]);
    for (name, value) in [("sub", "\"1\""), ("email", "\"eve@example.com\""), ("hd", "\"evil.example\"")] {
        assert_eq!(outcome(&doubled(name, value)).await, Err(VerifyError::Malformed), "{name}");
    }
    assert_eq!(outcome(&format!("{good}{{}}")).await, Err(VerifyError::Malformed));
    assert_eq!(outcome("[]").await, Err(VerifyError::Malformed));
}

/// The token ends when it says so.
#[tokio::test]
async fn a_token_expires() {
    let setup = setup(Algorithm::EdDsa);
    let token = setup.signer.sign(&setup.claims(&json!({}))).unwrap();
    assert!(setup.tokens.verify(&token, None).await.is_ok());
    setup.clock.advance(chrono::TimeDelta::seconds(3631));
    assert_eq!(setup.tokens.verify(&token, None).await.map(|_| ()), Err(VerifyError::Expired));
}
