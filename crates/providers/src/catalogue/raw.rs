//! The file as it is written: shapes only, with the place of every value that is judged later.

use super::entry::{AccountMethod, Pkce, Refresh, RevokeHow, Separator, TokenBody};
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

pub type Texts = BTreeMap<String, Spanned<String>>;

/// What every entry has, whatever its kind.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Common {
    pub slug: Spanned<String>,
    pub name: Spanned<String>,
    pub docs: Option<Spanned<String>>,
    pub verified: bool,
    #[serde(default)]
    pub sources: Vec<String>,
    pub note: Option<Spanned<String>>,
    #[serde(default)]
    pub variables: BTreeMap<Spanned<String>, Variable>,
    pub api_base: Option<Spanned<String>>,
    #[serde(default)]
    pub api_headers: Texts,
}

impl Common {
    /// Its keys; the others belong to the kind.
    pub const KEYS: &[&str] =
        &["slug", "name", "docs", "verified", "sources", "note", "variables", "api_base", "api_headers"];
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    pub form: Spanned<Form>,
    pub values: Option<Vec<String>>,
    pub default: Option<Spanned<String>>,
    pub example: Option<Spanned<String>>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    Label,
    Host,
    Segment,
    OneOf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OAuth2 {
    pub authorize_url: Spanned<String>,
    pub token_url: Spanned<String>,
    pub refresh_url: Option<Spanned<String>>,
    pub revoke: Option<Revoke>,
    pub account: Option<Account>,
    #[serde(default)]
    pub scopes: Vec<Spanned<String>>,
    pub scope_separator: Spanned<Separator>,
    pub pkce: Pkce,
    pub refresh: Spanned<Refresh>,
    pub client_auth: ClientAuth,
    pub token_body: Option<TokenBody>,
    #[serde(default)]
    pub authorize_params: Texts,
    #[serde(default)]
    pub token_params: Texts,
    #[serde(default)]
    pub refresh_params: Texts,
    #[serde(default)]
    pub token_answer: Texts,
    pub token_lifetime_seconds: Option<Spanned<i64>>,
    pub placement: Option<Placement>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revoke {
    pub url: Spanned<String>,
    pub how: RevokeHow,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    pub url: Spanned<String>,
    pub method: Option<AccountMethod>,
    pub id: Option<Vec<Spanned<String>>>,
    pub display_name: Option<Vec<Spanned<String>>>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuth {
    Body,
    Basic,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Placement {
    #[serde(rename = "in")]
    pub place: Spanned<Place>,
    pub name: Option<Spanned<String>>,
    pub prefix: Option<Spanned<String>>,
    pub user: Option<Spanned<String>>,
    pub password: Option<Spanned<String>>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    Header,
    Query,
    BasicUser,
    BasicPassword,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiKey {
    pub placement: Placement,
    pub probe_url: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Basic {
    pub user_label: Option<String>,
    pub password_label: Option<String>,
    pub probe_url: Spanned<String>,
}
