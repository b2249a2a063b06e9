//! The tokens that a provider gave us for a linked account: sealed under a key derived from `JWT_SECRET`, each bound to its
//! row and its column.

use kernel::Secret;
use uuid::Uuid;
use vault::{Context, KeyError, Keyring, OpenError, Sealed};

/// A stored token cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AccountTokenError {
    #[error("the token does not open with this JWT_SECRET")]
    Open(#[from] OpenError),
    #[error("what was sealed is no text")]
    Text(#[from] std::string::FromUtf8Error),
}

/// Which token of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountToken {
    Access,
    Refresh,
    Id,
}

impl AccountToken {
    const fn column(self) -> &'static str {
        match self {
            Self::Access => "access_token",
            Self::Refresh => "refresh_token",
            Self::Id => "id_token",
        }
    }
}

/// Seals and opens them.
#[derive(Clone)]
pub struct AccountTokens(Keyring);

impl AccountTokens {
    pub fn new(jwt_secret: &Secret) -> Result<Self, KeyError> {
        Ok(Self(Keyring::derive(jwt_secret, "auth account tokens")?))
    }

    /// `account` is the id of the row, not the provider's.
    pub fn seal(&self, account: Uuid, token: AccountToken, value: &Secret) -> Result<Sealed, KeyError> {
        self.0.seal(value.expose().as_bytes(), &context(account, token))
    }

    pub fn open(&self, account: Uuid, token: AccountToken, sealed: &Sealed) -> Result<Secret, AccountTokenError> {
        let opened = self.0.open(sealed, &context(account, token))?;
        Ok(String::from_utf8(opened.to_vec())?.into())
    }
}

fn context(account: Uuid, token: AccountToken) -> Context {
    Context::new("accounts", account.simple().to_string(), token.column())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A token opens in its row and column, with its secret, and nowhere else.
    #[test]
    fn a_token_opens_where_it_belongs() {
        let (tokens, row) = (AccountTokens::new(&"a secret of the test".into()).unwrap(), Uuid::now_v7());
        let sealed = tokens.seal(row, AccountToken::Access, &"gho_example".into()).unwrap();
        assert_eq!(tokens.open(row, AccountToken::Access, &sealed).unwrap().expose(), "gho_example");
        assert!(tokens.open(row, AccountToken::Refresh, &sealed).is_err());
        assert!(tokens.open(Uuid::now_v7(), AccountToken::Access, &sealed).is_err());
        let other = AccountTokens::new(&"another secret of the test".into()).unwrap();
        assert!(other.open(row, AccountToken::Access, &sealed).is_err());
    }
}
