//! What an authorization server knows beside its tables: the rules of OAuth 2.1 as data and pure functions.

mod challenge;
mod documents;
mod error;
mod forms;
mod metadata;
mod parameters;
mod prompt;
mod redirect_uri;
mod refresh_tokens;
mod resource;
mod scope;

pub use challenge::{fits, is_challenge};
pub use documents::{DocumentHosts, Documents, FetchError};
pub use error::OAuthError;
pub use forms::Forms;
pub use metadata::ClientMetadata;
pub use parameters::Parameters;
pub use prompt::{Prompt, Prompts};
pub use redirect_uri::{Place, matches, place, source};
pub use refresh_tokens::RefreshTokens;
pub use resource::{check_issuer, check_resource};
pub use scope::Scope;

use crate::config::Config;

/// What the flows need beside the database.
pub struct Server {
    /// What tokens can be had for, letter by letter.
    pub resources: Vec<String>,
    pub documents: Documents,
    pub refresh_tokens: RefreshTokens,
    pub forms: Forms,
}

/// The parts could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    #[error("no HTTP client can be set up")]
    Client(#[from] outbound::Error),
    #[error("no key can be derived from JWT_SECRET")]
    Key(#[from] vault::KeyError),
    #[error("a derived key has the wrong length")]
    KeyLength(#[from] hmac::digest::InvalidLength),
}

impl Server {
    pub fn new(config: &Config) -> Result<Self, ServerError> {
        Ok(Self {
            resources: config.oauth2.resources.clone(),
            documents: Documents::new(config.oauth2.document_hosts.clone())?,
            refresh_tokens: RefreshTokens::new(&config.jwt_secret)?,
            forms: Forms::new(&config.jwt_secret)?,
        })
    }
}
