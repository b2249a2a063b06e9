//! The tokens behind a connection, and the only form in which they leave memory: bytes for the vault.

use chrono::{DateTime, Utc};
use kernel::{Parameters, Secret};
use serde::{Deserialize, Serialize};

/// What a vendor granted.
#[derive(Clone)]
pub struct Grant {
    pub access_token: Secret,
    /// Absent where tokens do not expire or are minted anew.
    pub refresh_token: Option<Secret>,
    /// Who granted it, where the vendor says so (OpenID Connect Core 3.1.3.3). Unverified, and not stored with the rest.
    pub id_token: Option<Secret>,
    /// `None`: the vendor names no end.
    pub expires_at: Option<DateTime<Utc>>,
    pub refresh_expires_at: Option<DateTime<Utc>>,
    /// As granted. Empty where the vendor does not say (RFC 6749 5.1: then as requested).
    pub scopes: Vec<String>,
    /// What else the answer said that is no secret, as the vendor's code picked it out. Not stored with the rest.
    pub parameters: Parameters,
    /// A second pair that came in the same answer. A connection stores it as a grant of its own.
    pub companion: Option<Box<Grant>>,
}

/// A stored grant that cannot be read. The text is not repeated.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the stored grant cannot be read")]
pub struct GrantFormatError;

#[derive(Serialize, Deserialize)]
struct Stored<'a> {
    access_token: std::borrow::Cow<'a, str>,
    refresh_token: Option<std::borrow::Cow<'a, str>>,
    expires_at: Option<DateTime<Utc>>,
    refresh_expires_at: Option<DateTime<Utc>>,
    scopes: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    companion: Option<Box<Stored<'a>>>,
}

impl<'a> Stored<'a> {
    fn of(grant: &'a Grant) -> Self {
        Self {
            access_token: grant.access_token.expose().as_str().into(),
            refresh_token: grant.refresh_token.as_ref().map(|token| token.expose().as_str().into()),
            expires_at: grant.expires_at,
            refresh_expires_at: grant.refresh_expires_at,
            scopes: grant.scopes.clone(),
            companion: grant.companion.as_deref().map(|companion| Box::new(Stored::of(companion))),
        }
    }
}

impl From<Stored<'_>> for Grant {
    fn from(stored: Stored<'_>) -> Self {
        Self {
            access_token: Secret::from(stored.access_token.as_ref()),
            refresh_token: stored.refresh_token.map(|token| Secret::from(token.as_ref())),
            id_token: None,
            expires_at: stored.expires_at,
            refresh_expires_at: stored.refresh_expires_at,
            scopes: stored.scopes,
            parameters: Parameters::default(),
            companion: stored.companion.map(|companion| Box::new(Grant::from(*companion))),
        }
    }
}

impl Grant {
    /// A credential that a person pasted: it neither ends nor renews.
    pub fn pasted(credential: Secret) -> Self {
        Self {
            access_token: credential,
            refresh_token: None,
            id_token: None,
            expires_at: None,
            refresh_expires_at: None,
            scopes: Vec::new(),
            parameters: Parameters::default(),
            companion: None,
        }
    }

    /// For sealing, at once.
    pub fn to_plaintext(&self) -> Result<Secret<Vec<u8>>, GrantFormatError> {
        let stored = Stored::of(self);
        serde_json::to_vec(&stored).map(Secret::new).map_err(|_| GrantFormatError)
    }

    /// What [`Grant::to_plaintext`] wrote.
    pub fn from_plaintext(bytes: &[u8]) -> Result<Self, GrantFormatError> {
        let stored: Stored<'_> = serde_json::from_slice(bytes).map_err(|_| GrantFormatError)?;
        Ok(stored.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A grant comes out of the vault as it went in.
    #[test]
    fn a_grant_survives_storage() {
        let grant = Grant {
            access_token: "a\"b".into(),
            refresh_token: Some("r".into()),
            id_token: None,
            expires_at: DateTime::from_timestamp(1_700_000_000, 0),
            refresh_expires_at: None,
            scopes: vec!["read".to_owned()],
            parameters: Parameters::default(),
            companion: Some(Box::new(Grant::pasted("c".into()))),
        };
        let back = Grant::from_plaintext(grant.to_plaintext().unwrap().expose()).unwrap();
        assert_eq!(back.access_token.expose(), "a\"b");
        assert_eq!(back.refresh_token.unwrap().expose(), "r");
        assert_eq!(back.companion.unwrap().access_token.expose(), "c");
        assert_eq!((back.expires_at, back.refresh_expires_at, back.scopes), (grant.expires_at, None, grant.scopes));
        assert_eq!(Grant::from_plaintext(b"{").err(), Some(GrantFormatError));
    }
}
