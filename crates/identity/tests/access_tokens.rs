//! Access tokens and the tokens of sessions do not stand in for each other.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking")]

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use identity::{AccessClaims, AccessTokens, Algorithm, Claims, FetchError, Signer, Verifier, VerifyError};
use kernel::{Clock, UserId};
use serde_json::{Value, json};

const ISSUER: &str = "https://auth.example";
const AUDIENCE: &str = "connectors";
const RESOURCE: &str = "https://connectors.example/mcp";

struct Setup {
    signer: Signer,
    sessions: Verifier,
    access: AccessTokens,
    now: i64,
}

fn setup() -> Setup {
    let (signer, _) = Signer::generate(Algorithm::EdDsa, "k1").unwrap();
    let document = json!({"keys": [signer.public_key()]}).to_string();
    let clock = Clock::system();
    let sessions = Verifier::new(ISSUER, AUDIENCE, clock.clone(), move || {
        let bytes = document.clone().into_bytes();
        Box::pin(async move { Ok::<_, FetchError>(bytes) })
    });
    Setup { signer, access: sessions.for_resource(RESOURCE), sessions, now: clock.now().timestamp() }
}

impl Setup {
    fn claims(&self, audience: &str) -> Claims {
        Claims {
            sub: UserId::generate(),
            iss: ISSUER.to_owned(),
            aud: audience.into(),
            exp: self.now + 600,
            nbf: None,
            iat: Some(self.now),
        }
    }

    fn access(&self, audience: &str) -> AccessClaims {
        AccessClaims {
            claims: self.claims(audience),
            client_id: "c_1".to_owned(),
            scope: "mcp:tools offline_access".to_owned(),
            jti: "1".to_owned(),
        }
    }
}

/// An access token says in its header that it is one, and gives its claims at its resource.
#[tokio::test]
async fn an_access_token_is_accepted_at_its_resource() {
    let setup = setup();
    let claims = setup.access(RESOURCE);
    let token = setup.signer.sign_access_token(&claims).unwrap();
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    assert_eq!(String::from_utf8(header).unwrap(), r#"{"alg":"EdDSA","kid":"k1","typ":"at+jwt"}"#);
    assert_eq!(setup.access.verify(&token).await, Ok(claims));
}

/// Neither kind is taken for the other, not even with the other's audience.
#[tokio::test]
async fn neither_kind_is_taken_for_the_other() {
    let setup = setup();
    for audience in [RESOURCE, AUDIENCE] {
        let access = setup.signer.sign_access_token(&setup.access(audience)).unwrap();
        assert_eq!(setup.sessions.verify(&access).await, Err(VerifyError::Malformed), "{audience}");
        // The same claims, signed as a session's token.
        let session = setup.signer.sign(&setup.access(audience)).unwrap();
        assert_eq!(setup.access.verify(&session).await, Err(VerifyError::Malformed), "{audience}");
    }
}

/// Another resource, another issuer and another time are refused, and so is a claim that is missing.
#[tokio::test]
async fn an_access_token_that_does_not_hold_is_refused() {
    let setup = setup();
    let outcome = async |change: fn(&mut AccessClaims)| {
        let mut claims = setup.access(RESOURCE);
        change(&mut claims);
        setup.access.verify(&setup.signer.sign_access_token(&claims).unwrap()).await.unwrap_err()
    };
    let other = |claims: &mut AccessClaims| claims.claims.aud = "https://connectors.example/mcp/".into();
    assert_eq!(outcome(other).await, VerifyError::WrongAudience);
    assert_eq!(outcome(|claims| claims.claims.iss = AUDIENCE.to_owned()).await, VerifyError::WrongIssuer);
    assert_eq!(outcome(|claims| claims.claims.exp -= 700).await, VerifyError::Expired);
    assert_eq!(outcome(|claims| claims.claims.nbf = Some(claims.claims.exp)).await, VerifyError::NotYetValid);
}

/// What a person has allowed is compared word by word.
#[test]
fn scopes_are_whole_words() {
    let claims = setup().access(RESOURCE);
    let allowed: Vec<bool> =
        ["mcp:tools", "offline_access", "mcp", "mcp:tools offline_access", ""].map(|it| claims.allows(it)).to_vec();
    assert_eq!(allowed, [true, true, false, false, false]);
}

/// A token whose header says `at+jwt` in another spelling is one; one that says anything else is not.
#[tokio::test]
async fn the_kind_is_read_from_the_header() {
    let setup = setup();
    let good = setup.signer.sign_access_token(&setup.access(RESOURCE)).unwrap();
    let kind = async |typ: Value| {
        let header = URL_SAFE_NO_PAD.encode(json!({"alg": "EdDSA", "kid": "k1", "typ": typ}).to_string());
        let token = format!("{header}.{}", good.split_once('.').unwrap().1);
        setup.access.verify(&token).await.unwrap_err()
    };
    // The signature is over another header, so this is how far such a token gets.
    assert_eq!(kind(json!("AT+JWT")).await, VerifyError::BadSignature);
    assert_eq!(kind(json!("application/at+jwt")).await, VerifyError::BadSignature);
    for other in [json!("JWT"), json!("at+jwt "), json!("id+jwt"), json!(null), json!(["at+jwt"])] {
        assert_eq!(kind(other.clone()).await, VerifyError::Malformed, "{other}");
    }
}
