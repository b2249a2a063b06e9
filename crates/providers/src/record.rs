//! A vendor as data. Records are literals without `..Default::default()`: a new capability makes the compiler ask
//! every vendor.

use crate::{Vendor, sign_in::SignIn};
use chrono::TimeDelta;
use oauth::ClientAuth;
use url::Url;

/// Everything about a vendor that is data, and its code behind one seam.
pub struct Provider {
    /// In paths, in the database, in the words of `docs/`.
    pub slug: &'static str,
    pub name: &'static str,
    /// The vendor's page about registering an OAuth app.
    pub docs: &'static str,
    pub keys: Keys,
    /// The vendor's addresses; the argument is a base URL override for self-hosted vendors and tests.
    pub endpoints: fn(Option<&Url>) -> Result<Endpoints, url::ParseError>,
    pub scopes: Scopes,
    pub client_auth: ClientAuth,
    /// Fixed extra parameters of the authorize URL.
    pub authorize_extra: &'static [(&'static str, &'static str)],
    pub refresh: Refresh,
    pub webhook: WebhookScheme,
    /// Where the auth service can sign people in with it.
    pub sign_in: Option<&'static SignIn>,
    pub vendor: &'static dyn Vendor,
}

/// The environment keys of a vendor's settings.
pub struct Keys {
    pub client_id: &'static str,
    pub client_secret: &'static str,
    pub redirect_uri: &'static str,
    pub webhook_secret: &'static str,
    pub base_url: &'static str,
    /// Where an organisation installs an app instead of a person granting access.
    pub app: Option<AppKeys>,
}

pub struct AppKeys {
    pub name: &'static str,
    pub id: &'static str,
    pub private_key: &'static str,
    pub private_key_path: &'static str,
}

/// Where a vendor is.
#[derive(Debug, Clone)]
pub struct Endpoints {
    pub authorize: Url,
    pub token: Url,
    /// Absent where revocation goes through the API.
    pub revoke: Option<Url>,
    /// The API's base, without a trailing slash in its path.
    pub api: Url,
    /// The pages a person sees.
    pub web: Url,
}

pub struct Scopes {
    /// Asked for unless the caller names others.
    pub default: &'static [&'static str],
    /// In the authorize URL.
    pub separator: &'static str,
}

/// What happens to tokens over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refresh {
    /// Every refresh brings a new refresh token and ends the old one. `ahead`: renew this long before the end.
    Rotating { ahead: TimeDelta },
}

/// How the vendor signs its webhooks: HMAC-SHA-256 over the raw body, in hex.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WebhookScheme {
    pub signature_header: &'static str,
    /// Before the hex digits; may be empty.
    pub prefix: &'static str,
    pub freshness: Freshness,
    pub event_header: &'static str,
    pub delivery_header: &'static str,
    /// Larger bodies are refused with 413.
    pub max_bytes: usize,
}

/// Protection against replays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// The vendor signs no time: the delivery id and the body's hash are all there is.
    Unsigned,
    /// A JSON number of milliseconds since the epoch at the top of the signed body.
    BodyMillis { field: &'static str, tolerance: TimeDelta },
}
