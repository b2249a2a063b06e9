//! The apps that people sign in with: other registrations than those of the connections, as at the real vendors.

use super::registered_at;
use crate::account::Vendor;
use kernel::{Env, Secret};

/// An app as it is registered for signing in.
#[derive(Clone)]
pub struct SignInApp {
    pub client_id: String,
    pub client_secret: Secret,
    /// The registered callbacks, compared letter by letter.
    pub redirect_uris: Vec<String>,
}

/// One app a vendor. Without one, a vendor that is only here for signing in answers 404.
#[derive(Clone, Default)]
pub struct SignInApps {
    pub github: Option<SignInApp>,
    pub google: Option<SignInApp>,
    pub slack: Option<SignInApp>,
    pub linear: Option<SignInApp>,
    pub spotify: Option<SignInApp>,
    pub atlassian: Option<SignInApp>,
}

impl SignInApps {
    pub(crate) fn of(&self, vendor: Vendor) -> Option<&SignInApp> {
        match vendor {
            Vendor::Github => self.github.as_ref(),
            Vendor::Google => self.google.as_ref(),
            Vendor::Slack => self.slack.as_ref(),
            Vendor::Linear => self.linear.as_ref(),
            Vendor::Spotify => self.spotify.as_ref(),
            Vendor::Atlassian => self.atlassian.as_ref(),
            Vendor::Zoho | Vendor::Anthropic | Vendor::Generic => None,
        }
    }

    /// The same keys that the auth service reads, and one list of callbacks for all vendors.
    pub(super) fn from_env(env: &Env) -> Self {
        let callbacks = env.list("SANDBOX_SIGN_IN_REDIRECT_URIS", "https://localhost/api/auth/callback/github");
        let app = |vendor, id, secret| {
            super::pair(env, id, secret).map(|(client_id, client_secret)| SignInApp {
                client_id,
                client_secret,
                redirect_uris: registered_at(vendor, &callbacks),
            })
        };
        Self {
            github: app(Vendor::Github, "AUTH_GITHUB_CLIENT_ID", "AUTH_GITHUB_CLIENT_SECRET"),
            google: app(Vendor::Google, "AUTH_GOOGLE_CLIENT_ID", "AUTH_GOOGLE_CLIENT_SECRET"),
            slack: app(Vendor::Slack, "AUTH_SLACK_CLIENT_ID", "AUTH_SLACK_CLIENT_SECRET"),
            linear: app(Vendor::Linear, "AUTH_LINEAR_CLIENT_ID", "AUTH_LINEAR_CLIENT_SECRET"),
            spotify: app(Vendor::Spotify, "AUTH_SPOTIFY_CLIENT_ID", "AUTH_SPOTIFY_CLIENT_SECRET"),
            atlassian: app(Vendor::Atlassian, "AUTH_ATLASSIAN_CLIENT_ID", "AUTH_ATLASSIAN_CLIENT_SECRET"),
        }
    }
}
