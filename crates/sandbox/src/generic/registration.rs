//! What is said of such a vendor, and where it is kept: in memory, until the sandbox stops.

use crate::dials::SharedDial;
use kernel::Secret;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// What stands between scopes, in requests and answers.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub(crate) enum Separator {
    #[default]
    #[serde(rename = " ")]
    Space,
    #[serde(rename = ",")]
    Comma,
    #[serde(rename = "+")]
    Plus,
}

impl Separator {
    pub(crate) const ALL: [Self; 3] = [Self::Space, Self::Comma, Self::Plus];

    pub(crate) fn letter(self) -> char {
        match self {
            Self::Space => ' ',
            Self::Comma => ',',
            Self::Plus => '+',
        }
    }
}

/// How the client says who it is.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ClientAuth {
    Basic,
    #[default]
    Body,
    /// By its id alone.
    None,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Challenge {
    Required,
    #[default]
    Allowed,
    Refused,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum BodyKind {
    #[default]
    Form,
    Json,
}

/// What becomes of refresh tokens.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Rotation {
    /// There are none.
    Never,
    #[default]
    Kept,
    Replaced,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Placement {
    Header,
    Query,
    Basic,
}

/// The one credential that every path ending in `/probe` takes, and where.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Credential {
    pub(crate) placement: Placement,
    /// Of the header (`Authorization` if absent) or of the parameter (`api_key` if absent).
    pub(crate) name: Option<String>,
    /// Before the value in the header, a blank included: `"Bearer "`.
    #[serde(default)]
    pub(crate) prefix: String,
    /// At `basic`, user name and password with a colon between them.
    pub(crate) value: Secret,
}

/// Everything is optional: a vendor with keys alone has no paths, one with OAuth alone no credential.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Registration {
    #[serde(default)]
    pub(crate) client_id: String,
    pub(crate) client_secret: Option<Secret>,
    #[serde(default)]
    pub(crate) redirect_uris: Vec<String>,
    /// Where the one credential is tried, besides every path that ends in `/probe`.
    pub(crate) probe_path: Option<String>,
    pub(crate) authorize_path: Option<String>,
    pub(crate) token_path: Option<String>,
    /// Where refresh tokens are redeemed, if not where codes are.
    pub(crate) refresh_path: Option<String>,
    pub(crate) revoke_path: Option<String>,
    pub(crate) userinfo_path: Option<String>,
    #[serde(default)]
    pub(crate) scope_separator: Separator,
    #[serde(default)]
    pub(crate) client_auth: ClientAuth,
    #[serde(default)]
    pub(crate) pkce: Challenge,
    #[serde(default)]
    pub(crate) token_body: BodyKind,
    #[serde(default)]
    pub(crate) rotation: Rotation,
    /// `null`: tokens do not end, and nothing is said about it.
    pub(crate) access_ttl_seconds: Option<u32>,
    /// A refresh token that was replaced already ends every token of its grant.
    #[serde(default)]
    pub(crate) revoke_family_on_reuse: bool,
    #[serde(default)]
    pub(crate) required_authorize_params: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) required_token_params: BTreeMap<String, String>,
    /// The answer at `userinfo_path`; empty, the person who consented as OpenID Connect would say it.
    #[serde(default)]
    pub(crate) account: Map<String, Value>,
    pub(crate) credential: Option<Credential>,
}

pub(crate) struct Entry {
    pub(crate) slug: String,
    pub(crate) registration: Registration,
    pub(crate) dial: SharedDial,
}

impl Entry {
    /// Its name in the state and in the control paths.
    pub(crate) fn name(&self) -> String {
        format!("generic/{}", self.slug)
    }

    /// The client under a name that no other such vendor's client has: they share one book.
    pub(crate) fn client_key(&self) -> String {
        format!("{}:{}", self.slug, self.registration.client_id)
    }
}

#[derive(Default)]
pub(crate) struct Registry(Mutex<BTreeMap<String, Arc<Entry>>>);

impl Registry {
    pub(crate) fn put(&self, slug: String, registration: Registration) {
        let entry = Entry { slug: slug.clone(), registration, dial: SharedDial::default() };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(slug, Arc::new(entry));
    }

    pub(crate) fn get(&self, slug: &str) -> Option<Arc<Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(slug).cloned()
    }

    pub(crate) fn all(&self) -> Vec<Arc<Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }
}
