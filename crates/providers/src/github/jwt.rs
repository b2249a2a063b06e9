//! The GitHub App's own credential, made from its key for each use.

use crate::{AppSettings, CallError};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use kernel::Secret;
use serde::Serialize;

#[derive(Serialize)]
struct Claims<'a> {
    iat: i64,
    exp: i64,
    iss: &'a str,
}

/// The app's JWT: RS256, from a minute ago (clocks differ) to eight minutes ahead; GitHub takes ten in all.
pub(super) fn sign(app: &AppSettings, now: DateTime<Utc>) -> Result<Secret, CallError> {
    // Environment variables often carry the line ends as the two characters `\n`.
    let pem = Secret::new(app.private_key.expose().replace("\\n", "\n"));
    let key = EncodingKey::from_rsa_pem(pem.expose().as_bytes()).map_err(|_| CallError::Misconfigured)?;
    let issued_at = now - TimeDelta::minutes(1);
    let claims =
        Claims { iat: issued_at.timestamp(), exp: (issued_at + TimeDelta::minutes(9)).timestamp(), iss: &app.id };
    let jwt = jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, &key);
    jwt.map(Secret::from).map_err(|_| CallError::Misconfigured)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::{
        encoding::{AsDer, Pkcs8V1Der},
        rsa::KeySize,
        signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey},
    };
    use base64::{
        Engine,
        engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
    };
    use serde_json::{Value, json};

    fn pem(label: &str, der: &[u8]) -> String {
        let text = STANDARD.encode(der);
        let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
    }

    /// The JWT is what GitHub asks for, under a key in either form, also with its line ends written out. Another library
    /// than the one that signs checks it.
    #[test]
    fn the_app_jwt_verifies_under_the_public_key() {
        let pair = aws_lc_rs::rsa::KeyPair::generate(KeySize::Rsa2048).unwrap();
        let pkcs8: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        // PKCS#8 puts 26 bytes, version and algorithm, before PKCS#1, the form in which GitHub hands keys out.
        let pkcs1 = pem("RSA PRIVATE KEY", &pkcs8.as_ref()[26..]);
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let part = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
        for private_key in [pem("PRIVATE KEY", pkcs8.as_ref()), pkcs1.clone(), pkcs1.replace('\n', "\\n")] {
            let app = AppSettings { name: "a".into(), id: "4711".into(), private_key: private_key.into() };
            let jwt = sign(&app, now).unwrap_or_else(|error| panic!("{error}"));
            let (signed, signature) = jwt.expose().rsplit_once('.').unwrap();
            let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key().as_ref());
            assert!(key.verify(signed.as_bytes(), &part(signature)).is_ok());
            let (header, claims) = signed.split_once('.').unwrap();
            let read = |text: &str| serde_json::from_slice::<Value>(&part(text)).unwrap();
            assert_eq!(read(header), json!({"alg": "RS256", "typ": "JWT"}));
            assert_eq!(read(claims), json!({"iat": 1_699_999_940, "exp": 1_700_000_480, "iss": "4711"}));
        }
    }

    /// A text that is no key is a setting to mend.
    #[test]
    fn a_broken_key_is_a_misconfiguration() {
        let app = AppSettings { name: "a".into(), id: "1".into(), private_key: "not a key".into() };
        assert!(matches!(sign(&app, DateTime::UNIX_EPOCH), Err(CallError::Misconfigured)));
    }
}
