//! What the sandbox must know: the same client ids and secrets that the services have, because it plays the other side.

mod connect;
mod sign_in;

pub use connect::{ConnectApp, ConnectApps};
pub use sign_in::{SignInApp, SignInApps};

use crate::{account::Vendor, github::PublicKey};
use kernel::{Env, Faults, Secret};
use std::path::PathBuf;
use url::Url;

/// Everything [`crate::spawn`] needs. There is no address: the sandbox listens on 127.0.0.1 and nowhere else.
#[derive(Clone)]
pub struct Config {
    /// The port on 127.0.0.1; 0 takes any free one.
    pub port: u16,
    pub github: GithubConfig,
    pub linear: LinearConfig,
    pub connect: ConnectApps,
    pub sign_in: SignInApps,
    /// The port on 127.0.0.1 on which mail is taken by SMTP; 0 takes any free one. Without it none is taken.
    pub smtp_port: Option<u16>,
    /// Where webhooks are delivered, without the path, for example `https://localhost`. Without it none are sent.
    pub webhook_base: Option<Url>,
    /// The one certificate authority, as PEM, that deliveries over https trust: the development machine's own.
    pub webhook_ca_pem_path: Option<PathBuf>,
    /// Where grants and installations outlive a restart; only digests of tokens are written.
    pub state_file: Option<PathBuf>,
}

/// The app as it is registered at GitHub.
#[derive(Clone)]
pub struct GithubConfig {
    pub client_id: String,
    pub client_secret: Secret,
    pub webhook_secret: Secret,
    /// The registered callbacks, compared letter by letter. The first one serves where a request names none.
    pub redirect_uris: Vec<String>,
    /// Without it the App half of GitHub (installations) answers 404.
    pub app: Option<GithubApp>,
}

/// The App half of the registration.
#[derive(Clone)]
pub struct GithubApp {
    pub id: u64,
    /// The name in the App's address: `/github/apps/{slug}`.
    pub slug: String,
    /// PKCS#1 or PKCS#8; only its public half is kept.
    pub private_key_pem: Secret,
}

/// The app as it is registered at Linear.
#[derive(Clone)]
pub struct LinearConfig {
    pub client_id: String,
    pub client_secret: Secret,
    pub webhook_secret: Secret,
    /// The registered callbacks, compared letter by letter.
    pub redirect_uris: Vec<String>,
}

impl Config {
    /// Reads the environment and reports all faults at once. Only `ENVIRONMENT=development` starts a sandbox: it hands
    /// out tokens to whoever asks, so production, and not saying, are both refused.
    pub fn from_env(env: &Env) -> Result<Self, Faults> {
        let environment: Option<String> = env.required("ENVIRONMENT", "development");
        if environment.is_some_and(|name| name != "development") {
            env.fault("ENVIRONMENT", "must be development: the sandbox never runs in production", "development");
        }
        let callbacks: Vec<String> = env.list("SANDBOX_REDIRECT_URIS", "https://localhost/oauth/github/callback");
        let text = |key, example| env.required::<String>(key, example).unwrap_or_default();
        let secret = |key| env.secret(key, 1, "openssl rand -hex 32").unwrap_or_else(|| Secret::from(""));
        let config = Self {
            port: env.or_default("PORT", 5003),
            github: GithubConfig {
                client_id: text("GITHUB_CLIENT_ID", "Iv1.0123456789abcdef"),
                client_secret: secret("GITHUB_CLIENT_SECRET"),
                webhook_secret: secret("GITHUB_WEBHOOK_SECRET"),
                redirect_uris: registered_at(Vendor::Github, &callbacks),
                app: github_app(env),
            },
            linear: LinearConfig {
                client_id: text("LINEAR_CLIENT_ID", "0123456789abcdef0123456789abcdef"),
                client_secret: secret("LINEAR_CLIENT_SECRET"),
                webhook_secret: secret("LINEAR_WEBHOOK_SECRET"),
                redirect_uris: registered_at(Vendor::Linear, &callbacks),
            },
            connect: ConnectApps::from_env(env, &callbacks),
            sign_in: SignInApps::from_env(env),
            smtp_port: Some(env.or_default("SANDBOX_SMTP_PORT", 5025)),
            webhook_base: env.optional("SANDBOX_WEBHOOK_BASE", "https://localhost"),
            webhook_ca_pem_path: env.optional("SANDBOX_CA_PATH", ".dev/tls/ca.pem"),
            state_file: env.optional("SANDBOX_STATE_PATH", ".dev/sandbox.json"),
        };
        env.finish().map(|()| config)
    }
}

/// Id and secret of an app, or neither.
fn pair(env: &Env, id: &'static str, secret: &'static str) -> Option<(String, Secret)> {
    let client_id: Option<String> = env.optional(id, "the id that the service has");
    let client_secret: Option<Secret> = env.optional(secret, "the secret that the service has");
    match (client_id, client_secret) {
        (Some(client_id), Some(client_secret)) => Some((client_id, client_secret)),
        (None, None) => None,
        (Some(_), None) => {
            env.fault(secret, "is missing while the client id is set", "the secret that the service has");
            None
        }
        (None, Some(_)) => {
            env.fault(id, "is missing while the client secret is set", "the id that the service has");
            None
        }
    }
}

/// The App's three settings come together or not at all.
fn github_app(env: &Env) -> Option<GithubApp> {
    let slug: Option<String> = env.optional("GITHUB_APP_NAME", "connectors-dev");
    let id: Option<u64> = env.optional("GITHUB_APP_ID", "1234");
    let direct: Option<Secret> = env.optional("GITHUB_PRIVATE_KEY", "-----BEGIN RSA PRIVATE KEY-----…");
    let path: Option<PathBuf> = env.optional("GITHUB_PRIVATE_KEY_PATH", ".dev/github-app.pem");
    let key = match (direct, path) {
        (Some(key), _) => Some(key),
        (None, Some(path)) => std::fs::read_to_string(path)
            .map_err(|error| {
                let problem = format!("the file cannot be read: {}", error.kind());
                env.fault("GITHUB_PRIVATE_KEY_PATH", problem, ".dev/github-app.pem");
            })
            .ok()
            .map(Secret::from),
        (None, None) => None,
    };
    if key.as_ref().is_some_and(|key| PublicKey::from_private_pem(key).is_err()) {
        env.fault("GITHUB_PRIVATE_KEY", "is not an RSA private key", "-----BEGIN RSA PRIVATE KEY-----…");
    }
    match (slug, id, key) {
        (Some(slug), Some(id), Some(private_key_pem)) => Some(GithubApp { id, slug, private_key_pem }),
        (None, None, None) => None,
        _ => {
            env.fault("GITHUB_APP_ID", "needs GITHUB_APP_NAME and GITHUB_PRIVATE_KEY beside it", "1234");
            None
        }
    }
}

/// One list holds the callbacks of all vendors; one whose path names another vendor is not registered here. They
/// stay as written: a parsed address would lose the differences that the exact comparison is there to see.
fn registered_at(vendor: Vendor, callbacks: &[String]) -> Vec<String> {
    let names = |callback: &str, other: Vendor| callback.split('/').any(|segment| other.words().contains(&segment));
    let is_ours = |callback: &&String| Vendor::ALL.iter().all(|other| *other == vendor || !names(callback, *other));
    callbacks.iter().filter(is_ours).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEEDED: [(&str, &str); 7] = [
        ("GITHUB_CLIENT_ID", "gh"),
        ("GITHUB_CLIENT_SECRET", "s"),
        ("GITHUB_WEBHOOK_SECRET", "s"),
        ("LINEAR_CLIENT_ID", "lin"),
        ("LINEAR_CLIENT_SECRET", "s"),
        ("LINEAR_WEBHOOK_SECRET", "s"),
        ("SANDBOX_REDIRECT_URIS", "https://localhost/oauth/github/callback,https://localhost/oauth/linear/callback"),
    ];

    fn read(extra: &[(&'static str, &'static str)]) -> Result<Config, Faults> {
        Config::from_env(&Env::from_pairs(NEEDED.iter().chain(extra).copied()))
    }

    fn faulty_keys(extra: &[(&'static str, &'static str)]) -> Vec<String> {
        read(extra).err().map(|faults| faults.0.into_iter().map(|fault| fault.key).collect()).unwrap_or_default()
    }

    /// Neither production nor silence about the environment starts a sandbox.
    #[test]
    fn only_development_is_accepted() {
        assert_eq!(faulty_keys(&[]), ["ENVIRONMENT"]);
        assert_eq!(faulty_keys(&[("ENVIRONMENT", "production")]), ["ENVIRONMENT"]);
        assert_eq!(faulty_keys(&[("ENVIRONMENT", "development")]), [""; 0]);
    }

    /// Each vendor knows its own callback and not the other's.
    #[test]
    fn a_callback_is_registered_at_the_vendor_it_names() {
        let config = read(&[("ENVIRONMENT", "development")]).unwrap();
        assert_eq!(config.github.redirect_uris, ["https://localhost/oauth/github/callback"]);
        assert_eq!(config.linear.redirect_uris, ["https://localhost/oauth/linear/callback"]);
    }

    /// An app for connections is optional and whole, and knows the callbacks that name its vendor by either of its words.
    #[test]
    fn a_connect_app_is_whole_or_absent() {
        let development = ("ENVIRONMENT", "development");
        assert!(Vendor::ALL.iter().all(|vendor| read(&[development]).unwrap().connect.of(*vendor).is_none()));
        assert_eq!(faulty_keys(&[development, ("JIRA_CLIENT_ID", "id")]), ["JIRA_CLIENT_SECRET"]);
        let callbacks =
            ("SANDBOX_REDIRECT_URIS", "https://localhost/oauth/jira/callback,https://x/oauth/zoho/callback");
        let whole = [development, ("JIRA_CLIENT_ID", "id"), ("JIRA_CLIENT_SECRET", "secret"), callbacks];
        let config = read(&whole).unwrap();
        assert_eq!(config.connect.atlassian.unwrap().redirect_uris, ["https://localhost/oauth/jira/callback"]);
        assert_eq!(config.github.redirect_uris, [""; 0]);
    }

    /// Apps for signing in are optional, whole or not at all, and know their own callbacks only.
    #[test]
    fn a_sign_in_app_is_whole_or_absent() {
        let development = ("ENVIRONMENT", "development");
        let bare = read(&[development]).unwrap();
        assert!(Vendor::ALL.iter().all(|vendor| bare.sign_in.of(*vendor).is_none()));
        let half = [development, ("AUTH_GOOGLE_CLIENT_ID", "id"), ("AUTH_SLACK_CLIENT_SECRET", "secret")];
        assert_eq!(faulty_keys(&half), ["AUTH_GOOGLE_CLIENT_SECRET", "AUTH_SLACK_CLIENT_ID"]);
        let callbacks = "https://localhost/api/auth/callback/github,https://localhost/api/auth/callback/google";
        let whole = [
            development,
            ("AUTH_GOOGLE_CLIENT_ID", "id"),
            ("AUTH_GOOGLE_CLIENT_SECRET", "secret"),
            ("SANDBOX_SIGN_IN_REDIRECT_URIS", callbacks),
        ];
        let config = read(&whole).unwrap();
        assert_eq!(config.sign_in.google.unwrap().redirect_uris, ["https://localhost/api/auth/callback/google"]);
        assert_eq!(config.github.redirect_uris, ["https://localhost/oauth/github/callback"]);
    }

    /// Half an App is a fault, not an App that fails later.
    #[test]
    fn an_app_needs_its_slug_and_key() {
        assert_eq!(faulty_keys(&[("ENVIRONMENT", "development"), ("GITHUB_APP_ID", "1")]), ["GITHUB_APP_ID"]);
    }
}
