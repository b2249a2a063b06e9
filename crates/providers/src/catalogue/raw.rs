//! The file as it is written: shapes only, with the place of every value that is judged later.

use super::entry::{AccountMethod, RevokeHow, Separator};
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
    pub placement: Option<Spanned<Placement>>,
    pub webhook: Option<Spanned<Webhook>>,
    pub mcp_url: Option<Spanned<String>>,
}

impl Common {
    /// Its keys; the others belong to the kind.
    pub const KEYS: &[&str] = &[
        "slug",
        "name",
        "docs",
        "verified",
        "sources",
        "note",
        "variables",
        "api_base",
        "api_headers",
        "placement",
        "webhook",
        "mcp_url",
    ];
}

/// How the vendor signs what it pushes. Nothing that decides whom to believe has a default.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    pub header: Spanned<String>,
    pub digest: Digest,
    pub encoding: Encoding,
    pub key: Key,
    /// At most one of these three says what the header's value looks like.
    pub prefix: Option<Spanned<String>>,
    pub list: Option<Spanned<String>>,
    pub fields: Option<Spanned<Fields>>,
    pub signed: Spanned<String>,
    pub time_header: Option<Spanned<String>>,
    pub tolerance_seconds: Option<Spanned<i64>>,
    pub event: Spanned<Place>,
    pub delivery: Spanned<Place>,
    pub max_bytes: Option<Spanned<i64>>,
    #[serde(default)]
    pub signals: Vec<Spanned<Signal>>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
pub enum Digest {
    Sha256,
    Sha512,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    Hex,
    Base64,
}

/// How the secret becomes the key.
#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
pub enum Key {
    Text,
    Base64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fields {
    pub time: String,
    pub signature: String,
}

/// One of header and pointer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    pub header: Option<String>,
    pub pointer: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signal {
    pub event: String,
    pub kind: Spanned<String>,
    pub external_id: Spanned<String>,
    pub title: Option<Spanned<String>>,
    pub occurred_at: Spanned<String>,
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
    /// Renewed this long before the end.
    pub refresh_ahead_seconds: Option<Spanned<i64>>,
    /// How long the vendor takes a refresh token once more after it was used.
    pub refresh_grace_seconds: Option<Spanned<i64>>,
    pub client_auth: ClientAuth,
    pub token_body: Option<TokenBody>,
    #[serde(default)]
    pub authorize_params: Texts,
    #[serde(default)]
    pub token_params: Texts,
    #[serde(default)]
    pub token_answer: Texts,
    pub token_lifetime_seconds: Option<Spanned<i64>>,
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
    /// A public client.
    None,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
pub enum Pkce {
    S256,
    Off,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Refresh {
    Never,
    Kept,
    Replaced,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
pub enum TokenBody {
    Form,
    Json,
}

/// One of scheme, header and query.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Placement {
    pub scheme: Option<String>,
    pub header: Option<String>,
    /// In front of the credential in a header.
    pub prefix: Option<String>,
    pub query: Option<String>,
}

/// A key, or a user name and a password.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pasted {
    pub probe_url: Spanned<String>,
}
