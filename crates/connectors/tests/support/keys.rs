//! The key of the GitHub App.

use aws_lc_rs::{
    encoding::AsDer,
    rsa::{KeyPair, KeySize},
};
use base64::{Engine, engine::general_purpose::STANDARD};

pub const APP_ID: u64 = 4321;
pub const APP_SLUG: &str = "connectors-test";

/// PKCS#8 in PEM, its line ends written as an environment variable has them.
pub fn app_key() -> String {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let der = STANDARD.encode(pair.as_der().unwrap().as_ref());
    format!("-----BEGIN PRIVATE KEY-----\\n{der}\\n-----END PRIVATE KEY-----")
}
