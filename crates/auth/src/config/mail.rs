//! How mail leaves.

use kernel::{Env, Environment, Secret};
use lettre::message::Mailbox;
use std::path::PathBuf;
use url::Url;

/// What becomes of a mail.
pub enum MailConfig {
    Smtp(SmtpConfig),
    /// Development without `SMTP_URL`: the link goes to the log.
    Log,
    /// Production without `SMTP_URL`: what needs mail says that it is not enabled.
    Off,
}

/// The mail server.
pub struct SmtpConfig {
    /// Holds a password, so it is one.
    pub url: Secret,
    pub host: String,
    pub from: Mailbox,
    /// A certificate authority to trust beside the system's, as PEM.
    pub ca_path: Option<PathBuf>,
}

impl MailConfig {
    pub fn from_env(env: &Env, environment: Environment) -> Self {
        const EXAMPLE: &str = "smtps://user:password@smtp.example.com";
        let url: Option<Url> = env.optional("SMTP_URL", EXAMPLE);
        let from: Option<Mailbox> = env.optional("MAIL_FROM", "Connectors <no-reply@example.com>");
        let ca_path = env.optional("SMTP_CA_PATH", "/etc/ssl/mail-ca.pem");
        let Some(url) = url else {
            return if environment == Environment::Production { Self::Off } else { Self::Log };
        };
        let encrypted =
            url.scheme() == "smtps" || url.query_pairs().any(|pair| pair == ("tls".into(), "required".into()));
        if !matches!(url.scheme(), "smtp" | "smtps") || url.host_str().is_none() {
            env.fault("SMTP_URL", "must be smtps://host or smtp://host?tls=required", EXAMPLE);
        } else if !encrypted && environment == Environment::Production {
            env.fault("SMTP_URL", "must be encrypted in production: smtps:// or ?tls=required", EXAMPLE);
        }
        let Some(from) = from else {
            env.fault("MAIL_FROM", "is missing: mail needs a sender", "Connectors <no-reply@example.com>");
            return Self::Off;
        };
        let host = url.host_str().unwrap_or_default().to_owned();
        Self::Smtp(SmtpConfig { url: Secret::from(url.as_str()), host, from, ca_path })
    }

    pub const fn is_on(&self) -> bool {
        matches!(self, Self::Smtp(_) | Self::Log)
    }
}
