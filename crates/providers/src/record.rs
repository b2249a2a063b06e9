//! A provider as data. Records are literals without `..Default::default()`: a new capability makes the compiler ask every
//! vendor.

use crate::{Vendor, Webhook, sign_in::SignIn};
use chrono::TimeDelta;
use oauth::{ClientAuth, Pkce, TokenBody};
use url::Url;

/// Everything about a provider that is data, and its code behind one seam.
pub struct Provider {
    /// In paths, in the database, in the words of `docs/`.
    pub slug: String,
    pub name: String,
    /// The vendor's page about registering an app, or about its keys.
    pub docs: String,
    /// Whether two independent sources agree on its addresses.
    pub verified: bool,
    pub keys: Keys,
    pub auth: Auth,
    /// What a person may or must say before the flow starts.
    pub inputs: Vec<Input>,
    /// How the token travels to the API.
    pub placement: Placement,
    /// What every call to the API has to say besides, unless the caller says it.
    pub api_headers: Vec<(String, String)>,
    /// `None`: the vendor pushes nothing.
    pub webhook: Option<Webhook>,
    /// Its MCP server, as an entry of the catalogue says. `None`: only who runs the deployment can name one.
    pub mcp_url: Option<Url>,
    /// Where the auth service can sign people in with it.
    pub sign_in: Option<&'static SignIn>,
    pub vendor: Box<dyn Vendor>,
}

impl Provider {
    /// The flow's record; `None` where a person pastes a credential.
    pub fn oauth(&self) -> Option<&OAuth2> {
        match &self.auth {
            Auth::OAuth2(oauth) => Some(oauth),
            Auth::ApiKey | Auth::Basic => None,
        }
    }

    /// What happens to its tokens over time. A pasted credential stays.
    pub fn refresh(&self) -> Refresh {
        self.oauth().map_or(Refresh::Never, |oauth| oauth.refresh)
    }

    /// What ending a grant at the vendor reaches.
    pub fn revoke(&self) -> &Revoke {
        self.oauth().map_or(&Revoke::Nowhere, |oauth| &oauth.revoke)
    }
}

/// The environment keys of a provider's settings.
pub struct Keys {
    pub client_id: String,
    pub client_secret: String,
    pub redirect_uri: String,
    /// Absent where the vendor pushes nothing.
    pub webhook_secret: Option<String>,
    pub base_url: String,
    /// Where its MCP server is.
    pub mcp_url: String,
    /// Where an organisation installs an app instead of a person granting access.
    pub app: Option<AppKeys>,
    /// Where pushes come through a message service that the operator sets up.
    pub push: Option<PushKeys>,
}

impl Keys {
    /// `<PREFIX>_CLIENT_ID` and its like.
    pub(crate) fn of(prefix: &str) -> Self {
        let key = |name: &str| format!("{prefix}_{name}");
        Self {
            client_id: key("CLIENT_ID"),
            client_secret: key("CLIENT_SECRET"),
            redirect_uri: key("REDIRECT_URI"),
            webhook_secret: None,
            base_url: key("BASE_URL"),
            mcp_url: key("MCP_URL"),
            app: None,
            push: None,
        }
    }
}

pub struct AppKeys {
    pub name: String,
    pub id: String,
    pub private_key: String,
    pub private_key_path: String,
}

/// A message service in between: the vendor publishes to a topic, and the service pushes from it.
pub struct PushKeys {
    pub topic: String,
    /// The account in whose name the service pushes.
    pub service_account: String,
}

/// How somebody gives us access.
pub enum Auth {
    OAuth2(OAuth2),
    /// A key, pasted.
    ApiKey,
    /// A user name and a password, pasted.
    Basic,
}

/// The OAuth 2.0 flow of a provider.
pub struct OAuth2 {
    pub scopes: Scopes,
    pub pkce: Pkce,
    pub client_auth: ClientAuth,
    pub token_body: TokenBody,
    /// Fixed extra parameters of the authorize URL.
    pub authorize_extra: Vec<(String, String)>,
    /// Fixed extra parameters of every token request.
    pub token_extra: Vec<(String, String)>,
    pub refresh: Refresh,
    /// How long a consent lasts at most, from the consent on, whatever is refreshed.
    pub consent_life: Option<TimeDelta>,
    pub revoke: Revoke,
}

/// Where a provider is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    pub authorize: Url,
    pub token: Url,
    /// Where it is not the token endpoint.
    pub refresh: Option<Url>,
    /// Absent where revocation goes through the API, or there is none.
    pub revoke: Option<Url>,
    /// The API's base, without a trailing slash in its path.
    pub api: Url,
    /// The pages a person sees.
    pub web: Url,
    /// What else may be called with a credential.
    pub others: Vec<Url>,
}

/// Why a provider has no addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointsError {
    #[error("not an address that a provider can have")]
    NotAUrl,
    #[error("the parameter {0} is missing")]
    Missing(String),
    /// The value is not repeated: it came from outside.
    #[error("the parameter {0} does not name a place of this provider")]
    Refused(String),
}

impl From<url::ParseError> for EndpointsError {
    fn from(_: url::ParseError) -> Self {
        Self::NotAUrl
    }
}

pub struct Scopes {
    /// Asked for unless the caller names others.
    pub default: Vec<String>,
    /// Asked for whatever the caller names: without them nobody can tell whose the grant is, or it cannot be renewed.
    pub required: Vec<String>,
    /// In the authorize URL.
    pub separator: String,
}

impl Scopes {
    pub(crate) fn of(default: &[&str], separator: &str) -> Self {
        let default = default.iter().map(|scope| (*scope).to_owned()).collect();
        Self { default, required: Vec::new(), separator: separator.to_owned() }
    }

    /// The same, with these among them whatever a connect names.
    pub(crate) fn always(self, required: &[&str]) -> Self {
        Self { required: required.iter().map(|scope| (*scope).to_owned()).collect(), ..self }
    }
}

/// What happens to tokens over time. `ahead`: renew this long before the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refresh {
    /// The token lives until somebody ends it, or the person has to come again.
    Never,
    /// The refresh token stays. One that comes in an answer all the same takes its place.
    Kept { ahead: TimeDelta },
    /// Every refresh brings a new refresh token and ends the old one. `grace`: how long the vendor takes the old one once
    /// more, for an answer that was lost; zero where it says nothing.
    Replaced { ahead: TimeDelta, grace: TimeDelta },
}

/// What ending a grant at the vendor reaches. Whatever else stands on the same thing keeps it alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revoke {
    /// There is no way; the person does it on a page of the vendor's.
    Nowhere,
    /// These tokens only.
    Grant,
    /// Everything that this account gave our app.
    Account,
    /// Everything that this organisation or workspace gave our app.
    Organization,
}

/// How a credential travels to the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placement {
    /// `Authorization: <scheme> <token>` (RFC 6750 2.1: `Bearer`).
    Scheme(String),
    /// A header of the vendor's own, the token behind a prefix.
    Header { name: String, prefix: String },
    /// A parameter of the query.
    Query(String),
    /// HTTP Basic (RFC 7617); the stored credential is `user:password`.
    Basic,
}

impl Placement {
    pub(crate) fn bearer() -> Self {
        Self::Scheme("Bearer".to_owned())
    }
}

/// One thing to be said before a flow starts.
pub struct Input {
    /// In the body's `parameters`.
    pub name: String,
    pub about: String,
    pub example: String,
    pub required: bool,
    pub kind: InputKind,
    /// The parameter of the authorize URL that carries it; `None`: it becomes part of an address.
    pub query: Option<String>,
}

/// What an input may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputKind {
    OneOf(Vec<String>),
    /// One label of a host name (RFC 1123 2.1), in lower case.
    Label,
    /// A whole public host name.
    Host,
    /// Visible ASCII without spaces, at most this many characters.
    Word(usize),
}
