//! Signing in with an account elsewhere: the way there, the way back, and what comes of it.

pub mod callback;
pub mod id_token;
mod link;
mod sign_in;
pub mod start;

use crate::{
    account_tokens::AccountToken,
    app::App,
    problem::{Internal, Problem},
    social::SocialProvider,
};
use db::auth::accounts::Tokens;
use kernel::Secret;
use oauth::Grant;
use providers::sign_in::Profile;
use uuid::Uuid;

/// Why a social account signs nobody in, in the codes that pages know.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("{0}")]
    Because(&'static str),
    #[error(transparent)]
    Internal(#[from] Internal),
}

impl From<db::Error> for Refused {
    fn from(error: db::Error) -> Self {
        Self::Internal(error.into())
    }
}

pub const EMAIL_NOT_FOUND: Refused = Refused::Because("email_not_found");
pub const NOT_LINKED: Refused = Refused::Because("account_not_linked");
pub const NOT_VERIFIED: Refused = Refused::Because("email_not_verified");
pub const SIGN_UP_DISABLED: Refused = Refused::Because("signup_disabled");
pub const UNABLE_TO_LINK: Refused = Refused::Because("unable_to_link_account");
pub const EMAIL_DOES_NOT_MATCH: Refused = Refused::Because("email_does_not_match");
pub const SOMEBODY_ELSES: Refused = Refused::Because("account_already_linked_to_different_user");

/// An account elsewhere whose owner has just shown that it is theirs.
pub struct Proven<'a> {
    pub provider: &'a SocialProvider,
    pub profile: Profile,
    pub grant: Given,
}

/// What the provider gave, as far as we keep it. An id token that was presented by itself comes without the rest.
pub struct Given {
    pub access: Option<Secret>,
    pub refresh: Option<Secret>,
    pub id: Option<Secret>,
    pub access_expires_at: Option<chrono::DateTime<chrono::Utc>>,
    pub refresh_expires_at: Option<chrono::DateTime<chrono::Utc>>,
    pub scopes: Vec<String>,
}

impl Given {
    /// `requested` are the scopes where the provider does not say what it granted (RFC 6749 5.1).
    pub fn of(grant: Grant, requested: Vec<String>) -> Self {
        Self {
            access: Some(grant.access_token),
            refresh: grant.refresh_token,
            id: grant.id_token,
            access_expires_at: grant.expires_at,
            refresh_expires_at: grant.refresh_expires_at,
            scopes: if grant.scopes.is_empty() { requested } else { grant.scopes },
        }
    }

    /// Sealed for one row.
    pub fn sealed(&self, app: &App, row: Uuid) -> Result<Tokens, Internal> {
        let seal = |kind, value: &Option<Secret>| {
            value.as_ref().map(|value| app.social.tokens.seal(row, kind, value)).transpose()
        };
        Ok(Tokens {
            access: seal(AccountToken::Access, &self.access)?,
            refresh: seal(AccountToken::Refresh, &self.refresh)?,
            id: seal(AccountToken::Id, &self.id)?,
            access_expires_at: self.access_expires_at,
            refresh_expires_at: self.refresh_expires_at,
        })
    }
}

/// The provider, or 404.
pub fn provider<'a>(app: &'a App, id: &str) -> Result<&'a SocialProvider, Problem> {
    app.social.provider(id).ok_or(Problem::ProviderNotFound)
}
