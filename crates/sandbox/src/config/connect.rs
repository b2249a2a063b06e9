//! The apps that connect at the vendors beside GitHub and Linear, each optional.

use super::registered_at;
use crate::account::Vendor;
use kernel::{Env, Secret};

/// An app as it is registered for connections.
#[derive(Clone)]
pub struct ConnectApp {
    pub client_id: String,
    pub client_secret: Secret,
    /// The registered callbacks, compared letter by letter.
    pub redirect_uris: Vec<String>,
}

/// One app a vendor. A vendor with neither this nor an app for signing in answers 404.
#[derive(Clone, Default)]
pub struct ConnectApps {
    pub slack: Option<ConnectApp>,
    /// What Slack's app signs everything it sends with. Without it Slack sends nothing.
    pub slack_signing_secret: Option<Secret>,
    /// Jira and Confluence.
    pub atlassian: Option<ConnectApp>,
    pub google: Option<ConnectApp>,
    pub spotify: Option<ConnectApp>,
    pub zoho: Option<ConnectApp>,
    /// Lets callbacks on `localhost` be, which Spotify refuses: a development machine may have no other name.
    pub spotify_takes_localhost: bool,
}

impl ConnectApps {
    pub(crate) fn of(&self, vendor: Vendor) -> Option<&ConnectApp> {
        match vendor {
            Vendor::Slack => self.slack.as_ref(),
            Vendor::Atlassian => self.atlassian.as_ref(),
            Vendor::Google => self.google.as_ref(),
            Vendor::Spotify => self.spotify.as_ref(),
            Vendor::Zoho => self.zoho.as_ref(),
            Vendor::Github | Vendor::Linear | Vendor::Anthropic | Vendor::Generic => None,
        }
    }

    /// The same keys that the connectors read; an id without a secret, or the other way round, is a fault.
    pub(super) fn from_env(env: &Env, callbacks: &[String]) -> Self {
        let app = |vendor, id, secret| {
            super::pair(env, id, secret).map(|(client_id, client_secret)| ConnectApp {
                client_id,
                client_secret,
                redirect_uris: registered_at(vendor, callbacks),
            })
        };
        Self {
            slack: app(Vendor::Slack, "SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET"),
            slack_signing_secret: env.optional("SLACK_SIGNING_SECRET", "the secret that the service has"),
            atlassian: app(Vendor::Atlassian, "JIRA_CLIENT_ID", "JIRA_CLIENT_SECRET"),
            google: app(Vendor::Google, "GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET"),
            spotify: app(Vendor::Spotify, "SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET"),
            zoho: app(Vendor::Zoho, "ZOHO_CLIENT_ID", "ZOHO_CLIENT_SECRET"),
            spotify_takes_localhost: env.or_default("SANDBOX_SPOTIFY_LOCALHOST", false),
        }
    }
}
