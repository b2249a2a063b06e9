//! Why an account was not connected.

use crate::flows::{settings::SettingsError, vend::VendError};
use oauth::TokenError;
use providers::CallError;
use vault::{KeyError, OpenError};

#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    #[error("the provider cannot be used here")]
    Settings(#[from] SettingsError),
    #[error("the provider takes credentials, not a consent")]
    Pasted,
    #[error("the parameter {name} {problem}")]
    Parameter { name: String, problem: String },
    #[error("the provider has no app to install, or it has no settings here")]
    NoInstallation,
    #[error("a part of the wish cannot be used")]
    Invalid { pointer: &'static str, detail: &'static str },
    /// Unknown, used, expired, of another provider, or brought by somebody else: all one answer.
    #[error("the state does not hold")]
    State,
    #[error("the link code does not hold")]
    LinkCode,
    #[error("the callback carries no code")]
    NoCode,
    #[error("the vendor gave no token")]
    Token(#[from] TokenError),
    #[error("the vendor did not say whose account it is")]
    Identify(#[from] CallError),
    #[error("this person may not use the installation, or has not connected their account")]
    InstallationRefused,
    #[error("the person's token at the vendor cannot be had")]
    Vend(#[from] VendError),
    #[error("the database failed")]
    Database(#[from] db::Error),
    #[error("sealing failed")]
    Seal(#[from] KeyError),
    #[error("something stored does not open")]
    Open(#[from] OpenError),
    #[error("something stored cannot be read")]
    Stored,
    #[error("finishing the flow ended early")]
    Interrupted,
}
