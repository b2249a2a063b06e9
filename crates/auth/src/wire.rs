//! People and sessions as Better Auth's clients expect them.

use chrono::{DateTime, SecondsFormat, Utc};
use db::auth::{accounts, oauth_consents, sessions, users};
use serde::{Deserialize, Serialize, Serializer};

/// A person: exactly these members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    pub id: String,
    pub name: String,
    pub email: String,
    pub email_verified: bool,
    pub image: Option<String>,
    #[serde(serialize_with = "instant")]
    pub created_at: DateTime<Utc>,
    #[serde(serialize_with = "instant")]
    pub updated_at: DateTime<Utc>,
}

impl From<users::User> for User {
    fn from(user: users::User) -> Self {
        Self {
            id: user.id.simple(),
            name: user.name,
            email: user.email,
            email_verified: user.email_verified,
            image: user.image,
            created_at: user.created_at,
            updated_at: user.updated_at,
        }
    }
}

/// A session: exactly these members, the token included, which the client shows to nobody else.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    pub id: String,
    pub token: String,
    pub user_id: String,
    #[serde(serialize_with = "instant")]
    pub expires_at: DateTime<Utc>,
    #[serde(serialize_with = "instant")]
    pub created_at: DateTime<Utc>,
    #[serde(serialize_with = "instant")]
    pub updated_at: DateTime<Utc>,
    pub ip_address: String,
    pub user_agent: String,
}

impl Session {
    /// `token` is the one the caller presented: only its digest is stored.
    pub fn new(session: sessions::Session, token: String) -> Self {
        Self {
            id: session.id.simple().to_string(),
            token,
            user_id: session.user.simple(),
            expires_at: session.expires_at,
            created_at: session.created_at,
            updated_at: session.updated_at,
            ip_address: session.ip_address,
            user_agent: session.user_agent,
        }
    }
}

/// An account: exactly these members, and none of its secrets.
#[expect(clippy::struct_field_names, reason = "they are Better Auth's")]
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// The row, by which the other routes know the account.
    pub id: String,
    pub provider_id: String,
    /// The provider's own id.
    pub account_id: String,
    pub user_id: String,
    #[serde(serialize_with = "instant")]
    pub created_at: DateTime<Utc>,
    #[serde(serialize_with = "instant")]
    pub updated_at: DateTime<Utc>,
    pub scopes: Vec<String>,
}

impl From<accounts::Account> for Account {
    fn from(account: accounts::Account) -> Self {
        Self {
            id: account.id.simple().to_string(),
            provider_id: account.provider,
            account_id: account.account_id,
            user_id: account.user.simple(),
            created_at: account.created_at,
            updated_at: account.updated_at,
            scopes: account.scopes,
        }
    }
}

/// What a person lets a client do. Not a thing of Better Auth's, in its spelling all the same.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Consent {
    pub id: String,
    /// For a client that is described by a document, the document's URL.
    pub client_id: String,
    /// What the client calls itself.
    pub client_name: String,
    pub redirect_uris: Vec<String>,
    pub resource: String,
    pub scopes: Vec<String>,
    #[serde(serialize_with = "instant")]
    pub created_at: DateTime<Utc>,
    #[serde(serialize_with = "instant")]
    pub updated_at: DateTime<Utc>,
    /// When it last got an access token without asking; `null`: it has to ask for the next one.
    #[serde(serialize_with = "optional_instant")]
    pub refreshed_at: Option<DateTime<Utc>>,
}

impl From<oauth_consents::Listed> for Consent {
    fn from(listed: oauth_consents::Listed) -> Self {
        Self {
            id: listed.id.simple().to_string(),
            client_id: listed.client,
            client_name: listed.client_name,
            redirect_uris: listed.redirect_uris,
            resource: listed.resource,
            scopes: listed.scopes,
            created_at: listed.created_at,
            updated_at: listed.updated_at,
            refreshed_at: listed.refreshed_at,
        }
    }
}

/// All that is kept of a person here.
#[derive(Serialize)]
pub struct Export {
    pub user: User,
    pub accounts: Vec<Account>,
    pub sessions: Vec<Session>,
    pub consents: Vec<Consent>,
}

/// What many routes answer when there is nothing else to say.
#[derive(Serialize)]
pub struct Done {
    status: bool,
}

pub const DONE: Done = Done { status: true };

/// Exactly three digits and a `Z`: the client turns texts of that form, and of no other, into dates.
pub fn instant<S: Serializer>(instant: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&instant.to_rfc3339_opts(SecondsFormat::Millis, true))
}

/// The same, or `null`.
#[expect(clippy::ref_option, reason = "serde calls it so")]
pub fn optional_instant<S: Serializer>(instant: &Option<DateTime<Utc>>, serializer: S) -> Result<S::Ok, S::Error> {
    match instant {
        Some(instant) => self::instant(instant, serializer),
        None => serializer.serialize_none(),
    }
}
