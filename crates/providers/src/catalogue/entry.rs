//! An entry of the catalogue: a provider that needs no code. Plain data, judged when it was read.

use super::{
    pushes::Pushes,
    template::{Template, Variable},
};
use crate::{Placement, Refresh};
use chrono::TimeDelta;
use oauth::{ClientAuth, Pkce, TokenBody};
use serde::Deserialize;
use url::Url;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// In paths and in the database: lower case letters, digits, single hyphens.
    pub slug: String,
    pub name: String,
    /// The vendor's page about registering an app or getting a key.
    pub docs: Option<String>,
    /// Whether two independent sources agree on the addresses that a secret is sent to.
    pub verified: bool,
    /// Names of the sources that agree, or of the one that was read.
    pub sources: Vec<String>,
    /// What an operator has to know.
    pub note: Option<String>,
    /// What a tenant says about where its account is.
    pub variables: Vec<Variable>,
    /// Where the API is, for calls through the proxy.
    pub api_base: Option<Template>,
    /// Sent when the account is asked for. `{client_id}` in a value stands for the app's client id.
    pub api_headers: Vec<(String, String)>,
    /// How the credential travels to the API.
    pub placement: Placement,
    /// What the vendor pushes, where it signs that with a message authentication code.
    pub pushes: Option<Pushes>,
    /// Where its MCP server is, which takes the credential as a bearer's.
    pub mcp_url: Option<Url>,
    pub kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    OAuth2(Box<OAuth2>),
    /// A key that a person copies out of the vendor's settings, and a GET that only a living one succeeds at.
    ApiKey {
        probe: Template,
    },
    /// A user name and a password (RFC 7617), and the same.
    Basic {
        probe: Template,
    },
}

/// The authorization code grant, as this vendor does it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuth2 {
    pub authorize: Template,
    pub token: Template,
    /// Where it is not the token endpoint.
    pub refresh_url: Option<Template>,
    pub revoke: Option<Revoke>,
    /// Without one, the id token says whose the grant is, or nobody does.
    pub account: Option<AccountCall>,
    pub scopes: Vec<String>,
    pub separator: Separator,
    pub pkce: Pkce,
    pub refresh: Refresh,
    pub client_auth: ClientAuth,
    pub token_body: TokenBody,
    pub authorize_params: Vec<(String, String)>,
    pub token_params: Vec<(String, String)>,
    /// Where the members of RFC 6749 5.1 stand in the token answer, as JSON pointers, if not at the top under their names.
    pub token_answer: Vec<(String, String)>,
    /// How long an access token lives where the answer does not say.
    pub token_lifetime: Option<TimeDelta>,
}

/// Ends a grant. Vendors may end everything that the account gave the app with it (RFC 7009 2.1), so no entry is taken to
/// end less than that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revoke {
    pub url: Template,
    pub how: RevokeHow,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevokeHow {
    /// RFC 7009: a form with the token, and the client's credentials as at the token endpoint.
    FormWithClient,
    /// The same without the client's credentials.
    Form,
    /// The token in the query of a POST without a body.
    Query,
    /// The token as the bearer's of a POST without a body.
    Bearer,
}

/// Who stands behind a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountCall {
    pub url: Template,
    pub method: AccountMethod,
    /// JSON pointers to the stable id; the first that finds a text or a number.
    pub id: Vec<String>,
    /// The same for something to show.
    pub display_name: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountMethod {
    Get,
    /// Without a body.
    Post,
}

/// Between scopes in the authorize URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Separator {
    Space,
    Comma,
    Plus,
    /// The vendor fixes the scopes where the app is registered; none are sent.
    None,
}

impl Separator {
    pub const fn text(self) -> &'static str {
        match self {
            Self::Space | Self::None => " ",
            Self::Comma => ",",
            Self::Plus => "+",
        }
    }
}
