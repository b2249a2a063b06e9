//! The sandbox's vendors: the credentials of our imaginary apps there, and where they are reached. Apart from the demo,
//! the one file of this crate that names vendors.

use super::Values;
use crate::place::write_private;
use anyhow::Result;
use kernel::{alphanumeric, bytes};
use rcgen::{KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use std::path::Path;

/// Keys of a vendor begin with this.
const PREFIXES: [&str; 2] = ["GITHUB_", "LINEAR_"];

const SANDBOX: &str = "http://127.0.0.1:5003";

type Made = (&'static str, fn() -> String);

/// In the shapes that the real ones have.
pub fn credentials() -> impl Iterator<Item = Made> {
    let all: [Made; 8] = [
        ("GITHUB_CLIENT_ID", || format!("Iv23li{}", alphanumeric(14))),
        ("GITHUB_CLIENT_SECRET", || hex::encode(bytes::<20>())),
        ("GITHUB_WEBHOOK_SECRET", || alphanumeric(40)),
        ("GITHUB_APP_ID", || (100_000 + u32::from(u16::from_be_bytes(bytes()))).to_string()),
        ("GITHUB_APP_NAME", || "connectors-dev".to_owned()),
        ("LINEAR_CLIENT_ID", || hex::encode(bytes::<16>())),
        ("LINEAR_CLIENT_SECRET", || hex::encode(bytes::<16>())),
        ("LINEAR_WEBHOOK_SECRET", || format!("lin_wh_{}", alphanumeric(32))),
    ];
    all.into_iter()
}

/// The private key of the GitHub App, PKCS#8 PEM, RSA because GitHub takes RS256 only.
pub fn app_key(dev: &Path) -> Result<(String, String)> {
    let path = dev.join("github-app.pem");
    if !path.is_file() {
        write_private(&path, &KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)?.serialize_pem())?;
    }
    Ok(("GITHUB_PRIVATE_KEY_PATH".to_owned(), path.display().to_string()))
}

/// Where the services find the vendors, and what the sandbox must know of us.
pub fn addresses(public_url: &str) -> [(&'static str, String); 4] {
    let callbacks = ["github", "linear"].map(|vendor| format!("{public_url}/oauth/{vendor}/callback"));
    [
        ("GITHUB_BASE_URL", format!("{SANDBOX}/github")),
        ("LINEAR_BASE_URL", format!("{SANDBOX}/linear")),
        ("SANDBOX_REDIRECT_URIS", callbacks.join(",")),
        ("SANDBOX_WEBHOOK_BASE", "http://127.0.0.1:5002".to_owned()),
    ]
}

/// What the sandbox has to have in common with the services.
pub fn is_credential(key: &str) -> bool {
    PREFIXES.iter().any(|prefix| key.starts_with(prefix)) && !key.ends_with("_BASE_URL")
}

/// A person who names their own app at a vendor means the real vendor; nothing of ours may mix with it.
pub fn belongs_to_the_person(key: &str, given: &Values) -> bool {
    let prefix = PREFIXES.iter().find(|prefix| key.starts_with(*prefix));
    prefix.is_some_and(|prefix| given.contains_key(&format!("{prefix}CLIENT_ID")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sandbox's address would send a real app's secret to the sandbox.
    #[test]
    fn a_persons_own_app_silences_everything_of_that_vendor() {
        let given: Values = [("GITHUB_CLIENT_ID".to_owned(), "theirs".to_owned())].into();
        let keys = ["GITHUB_BASE_URL", "GITHUB_WEBHOOK_SECRET", "LINEAR_BASE_URL", "PUBLIC_URL"];
        assert_eq!(keys.map(|key| belongs_to_the_person(key, &given)), [true, true, false, false]);
    }
}
