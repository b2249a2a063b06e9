//! The sandbox's vendors: the credentials of our imaginary apps there, and where they are reached. Apart from the demo,
//! the one file of this crate that names vendors.

use super::Values;
use crate::place::write_private;
use anyhow::Result;
use kernel::{alphanumeric, bytes};
use rcgen::{KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use std::path::Path;

/// Keys of one app at a vendor begin with one of these: the apps that connect, and the apps that sign in.
const PREFIXES: [&str; 13] = [
    "GITHUB_",
    "LINEAR_",
    "SLACK_",
    "JIRA_",
    "GOOGLE_",
    "SPOTIFY_",
    "ZOHO_",
    "AUTH_GITHUB_",
    "AUTH_GOOGLE_",
    "AUTH_SLACK_",
    "AUTH_LINEAR_",
    "AUTH_SPOTIFY_",
    "AUTH_ATLASSIAN_",
];
/// The connectors' names in keys and callbacks, and the sandbox's paths.
const CONNECT: [(&str, &str); 7] = [
    ("github", "github"),
    ("linear", "linear"),
    ("slack", "slack"),
    ("jira", "atlassian"),
    ("google", "google"),
    ("spotify", "spotify"),
    ("zoho", "zoho"),
];
/// Better Auth's ids, which the sandbox's paths are too.
const SIGN_IN: [&str; 6] = ["github", "google", "slack", "linear", "spotify", "atlassian"];

const SANDBOX: &str = "http://127.0.0.1:5003";

type Made = (&'static str, fn() -> String);

/// In the shapes that the real ones have.
pub fn credentials() -> impl Iterator<Item = Made> {
    let all: [Made; 31] = [
        ("GITHUB_CLIENT_ID", || format!("Iv23li{}", alphanumeric(14))),
        ("GITHUB_CLIENT_SECRET", || hex::encode(bytes::<20>())),
        ("GITHUB_WEBHOOK_SECRET", || alphanumeric(40)),
        ("GITHUB_APP_ID", || (100_000 + u32::from(u16::from_be_bytes(bytes()))).to_string()),
        ("GITHUB_APP_NAME", || "connectors-dev".to_owned()),
        ("LINEAR_CLIENT_ID", || hex::encode(bytes::<16>())),
        ("LINEAR_CLIENT_SECRET", || hex::encode(bytes::<16>())),
        ("LINEAR_WEBHOOK_SECRET", || format!("lin_wh_{}", alphanumeric(32))),
        ("SLACK_CLIENT_ID", || "9007001.9007003".to_owned()),
        ("SLACK_CLIENT_SECRET", || hex::encode(bytes::<16>())),
        ("SLACK_SIGNING_SECRET", || hex::encode(bytes::<16>())),
        ("JIRA_CLIENT_ID", || alphanumeric(32)),
        ("JIRA_CLIENT_SECRET", || format!("ATOA{}", alphanumeric(60))),
        ("GOOGLE_CLIENT_ID", || format!("900700101-{}.apps.googleusercontent.com", hex::encode(bytes::<16>()))),
        ("GOOGLE_CLIENT_SECRET", || format!("GOCSPX-{}", alphanumeric(28))),
        ("SPOTIFY_CLIENT_ID", || hex::encode(bytes::<16>())),
        ("SPOTIFY_CLIENT_SECRET", || hex::encode(bytes::<16>())),
        ("ZOHO_CLIENT_ID", || format!("1000.{}", alphanumeric(30).to_ascii_uppercase())),
        ("ZOHO_CLIENT_SECRET", || hex::encode(bytes::<21>())),
        ("AUTH_GITHUB_CLIENT_ID", || format!("Ov23li{}", alphanumeric(14))),
        ("AUTH_GITHUB_CLIENT_SECRET", || hex::encode(bytes::<20>())),
        ("AUTH_GOOGLE_CLIENT_ID", || format!("900700100-{}.apps.googleusercontent.com", hex::encode(bytes::<16>()))),
        ("AUTH_GOOGLE_CLIENT_SECRET", || format!("GOCSPX-{}", alphanumeric(28))),
        ("AUTH_SLACK_CLIENT_ID", || "9007001.9007002".to_owned()),
        ("AUTH_SLACK_CLIENT_SECRET", || hex::encode(bytes::<16>())),
        ("AUTH_LINEAR_CLIENT_ID", || hex::encode(bytes::<16>())),
        ("AUTH_LINEAR_CLIENT_SECRET", || hex::encode(bytes::<16>())),
        ("AUTH_SPOTIFY_CLIENT_ID", || hex::encode(bytes::<16>())),
        ("AUTH_SPOTIFY_CLIENT_SECRET", || hex::encode(bytes::<16>())),
        ("AUTH_ATLASSIAN_CLIENT_ID", || alphanumeric(32)),
        ("AUTH_ATLASSIAN_CLIENT_SECRET", || format!("ATOA{}", alphanumeric(60))),
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
pub fn addresses(public_url: &str) -> [(&'static str, String); 28] {
    let at = |vendor: &str| format!("{SANDBOX}/{vendor}");
    let sign_in = SIGN_IN.map(|id| format!("{public_url}/api/auth/callback/{id}"));
    let callbacks = CONNECT.map(|(name, _)| format!("{public_url}/oauth/{name}/callback"));
    [
        ("GITHUB_BASE_URL", at("github")),
        ("LINEAR_BASE_URL", at("linear")),
        ("SLACK_BASE_URL", at("slack")),
        ("JIRA_BASE_URL", at("atlassian")),
        ("GOOGLE_BASE_URL", at("google")),
        ("SPOTIFY_BASE_URL", at("spotify")),
        ("ZOHO_BASE_URL", at("zoho")),
        ("GITHUB_MCP_URL", at("github/mcp")),
        ("LINEAR_MCP_URL", at("linear/mcp")),
        ("SLACK_MCP_URL", at("slack/mcp")),
        ("JIRA_MCP_URL", at("atlassian/mcp")),
        ("AUTH_GITHUB_BASE_URL", at("github")),
        ("AUTH_GOOGLE_BASE_URL", at("google")),
        ("AUTH_SLACK_BASE_URL", at("slack")),
        ("AUTH_LINEAR_BASE_URL", at("linear")),
        ("AUTH_SPOTIFY_BASE_URL", at("spotify")),
        ("AUTH_ATLASSIAN_BASE_URL", at("atlassian")),
        ("ANTHROPIC_BASE_URL", at("anthropic")),
        // The one key that the sandbox takes. It opens nothing else.
        ("ANTHROPIC_API_KEY", "sk-ant-sandbox-zXcanaryXz".to_owned()),
        ("ANTHROPIC_MODEL", "claude-sonnet-5-5".to_owned()),
        ("ANTHROPIC_PRICES", "3,15,3.75,0.30".to_owned()),
        ("SMTP_URL", format!("smtp://127.0.0.1:{}", crate::ports::SMTP)),
        ("MAIL_FROM", "noreply@connectors.invalid".to_owned()),
        ("SANDBOX_SMTP_PORT", crate::ports::SMTP.to_string()),
        ("SANDBOX_REDIRECT_URIS", callbacks.join(",")),
        // The address people use here has no other name.
        ("SANDBOX_SPOTIFY_LOCALHOST", "true".to_owned()),
        ("SANDBOX_SIGN_IN_REDIRECT_URIS", sign_in.join(",")),
        ("SANDBOX_WEBHOOK_BASE", "http://127.0.0.1:5002".to_owned()),
    ]
}

/// What the sandbox has to have in common with the services.
pub fn is_credential(key: &str) -> bool {
    PREFIXES.iter().any(|prefix| key.starts_with(prefix))
        && !["_BASE_URL", "_MCP_URL"].iter().any(|place| key.ends_with(place))
}

/// A person who names their own app at a vendor, or their own key of the model, means the real one, and one who names a mail server
/// means that one;
/// nothing of ours may mix with it.
pub fn belongs_to_the_person(key: &str, given: &Values) -> bool {
    let prefix = PREFIXES.iter().find(|prefix| key.starts_with(*prefix));
    let vendors = prefix.is_some_and(|prefix| given.contains_key(&format!("{prefix}CLIENT_ID")));
    let model = key.starts_with("ANTHROPIC_") && given.contains_key("ANTHROPIC_API_KEY");
    vendors || model || (key == "MAIL_FROM" && given.contains_key("SMTP_URL"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sandbox's address would send a real app's secret to the sandbox.
    #[test]
    fn a_persons_own_app_silences_everything_of_that_vendor() {
        let given: Values = [("GITHUB_CLIENT_ID".to_owned(), "theirs".to_owned())].into();
        let keys = ["GITHUB_BASE_URL", "GITHUB_MCP_URL", "GITHUB_WEBHOOK_SECRET", "LINEAR_BASE_URL", "PUBLIC_URL"];
        assert_eq!(keys.map(|key| belongs_to_the_person(key, &given)), [true, true, true, false, false]);
        // The app that signs people in is another one, and may stay the sandbox's.
        assert!(!belongs_to_the_person("AUTH_GITHUB_BASE_URL", &given));
        let given: Values = [("ANTHROPIC_API_KEY".to_owned(), "theirs".to_owned())].into();
        assert!(belongs_to_the_person("ANTHROPIC_BASE_URL", &given));
    }

    /// A sender of ours would be refused by a mail server of theirs, or worse, taken.
    #[test]
    fn a_persons_own_mail_server_gets_no_sender_of_ours() {
        let given: Values = [("SMTP_URL".to_owned(), "smtps://mail.example.com".to_owned())].into();
        assert!(belongs_to_the_person("MAIL_FROM", &given));
        assert!(!belongs_to_the_person("MAIL_FROM", &Values::new()));
    }

    /// Every vendor's app for connections has an id, a secret, an address and a callback.
    #[test]
    fn every_vendor_can_be_connected() {
        let made: Vec<&str> = credentials().map(|(key, _)| key).collect();
        let addresses = addresses("https://localhost");
        let value = |key: &str| addresses.iter().find(|(name, _)| *name == key).map(|(_, value)| value.as_str());
        for (name, path) in CONNECT {
            let prefix = format!("{}_", name.to_ascii_uppercase());
            assert!(PREFIXES.contains(&prefix.as_str()));
            assert!(made.contains(&format!("{prefix}CLIENT_ID").as_str()));
            assert!(made.contains(&format!("{prefix}CLIENT_SECRET").as_str()));
            assert_eq!(value(&format!("{prefix}BASE_URL")), Some(format!("{SANDBOX}/{path}").as_str()));
            let callback = format!("https://localhost/oauth/{name}/callback");
            assert!(value("SANDBOX_REDIRECT_URIS").is_some_and(|all| all.split(',').any(|each| each == callback)));
        }
    }

    /// Every vendor's app for signing in has an id, a secret, an address and a callback.
    #[test]
    fn people_can_sign_in_with_every_vendor() {
        let made: Vec<&str> = credentials().map(|(key, _)| key).collect();
        let addresses = addresses("https://localhost");
        let value = |key: &str| addresses.iter().find(|(name, _)| *name == key).map(|(_, value)| value.as_str());
        for id in SIGN_IN {
            let prefix = format!("AUTH_{}_", id.to_ascii_uppercase());
            assert!(PREFIXES.contains(&prefix.as_str()) && is_credential(&format!("{prefix}CLIENT_SECRET")));
            assert!(made.contains(&format!("{prefix}CLIENT_ID").as_str()));
            assert!(made.contains(&format!("{prefix}CLIENT_SECRET").as_str()));
            assert_eq!(value(&format!("{prefix}BASE_URL")), Some(format!("{SANDBOX}/{id}").as_str()));
            let callback = format!("https://localhost/api/auth/callback/{id}");
            assert!(
                value("SANDBOX_SIGN_IN_REDIRECT_URIS").is_some_and(|all| all.split(',').any(|each| each == callback))
            );
        }
        assert!(!is_credential("AUTH_ISSUER"));
    }
}
