//! A GitHub App's key and what it signs.

use aws_lc_rs::{
    encoding::AsDer,
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::RSA_PKCS1_SHA256,
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use kernel::{Clock, Secret};
use sandbox::GithubApp;
use serde_json::{Value, json};

pub const APP_ID: u64 = 4321;

/// An App and the key it signs with, both fresh.
pub fn github_app() -> (GithubApp, AppKey) {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let der = pair.as_der().unwrap();
    let key = AppKey { pair, pkcs8: der.as_ref().to_vec() };
    (GithubApp { id: APP_ID, slug: "connectors-dev".to_owned(), private_key_pem: Secret::from(key.pkcs8_pem()) }, key)
}

/// Signs with the cryptography library itself: the sandbox verifies with another one.
pub struct AppKey {
    pair: KeyPair,
    pkcs8: Vec<u8>,
}

impl AppKey {
    pub fn pkcs8_pem(&self) -> String {
        format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(&self.pkcs8))
    }

    /// As GitHub hands keys out. In PKCS#8 it is the octet string behind 26 bytes of header.
    pub fn pkcs1_pem(&self) -> String {
        let der = STANDARD.encode(&self.pkcs8[26..]);
        format!("-----BEGIN RSA PRIVATE KEY-----\\n{der}\\n-----END RSA PRIVATE KEY-----\\n")
    }

    pub fn jwt(&self, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&json!({"alg": "RS256", "typ": "JWT"})), part(claims));
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    pub fn good_jwt(&self) -> String {
        let now = Clock::system().now().timestamp();
        self.jwt(&json!({"iat": now - 30, "exp": now + 540, "iss": APP_ID.to_string()}))
    }
}
