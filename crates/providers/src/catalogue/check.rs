//! From what is written to what it means. Every fault is found, not only the first.

mod webhook;

use super::{
    entry::{AccountCall, AccountMethod, Entry, Kind, OAuth2, Revoke, Separator},
    file::Faulty,
    raw,
    template::{Form, Template, Variable, is_name},
};
use crate::{Placement, Refresh};
use chrono::TimeDelta;
use http::{HeaderName, HeaderValue};
use oauth::{ClientAuth, Pkce, TokenBody};
use std::{collections::BTreeMap, ops::Range};
use toml::Spanned;
use url::Url;

pub enum RawKind {
    OAuth2(Box<raw::OAuth2>),
    ApiKey(raw::Pasted),
    Basic(raw::Pasted),
}

/// What the flow itself sends to the consent page; an entry must not say it twice.
const AUTHORIZE_OWN: &[&str] =
    &["client_id", "redirect_uri", "response_type", "scope", "state", "code_challenge", "code_challenge_method"];
/// The same at the token endpoint.
const TOKEN_OWN: &[&str] =
    &["client_id", "client_secret", "redirect_uri", "grant_type", "code", "code_verifier", "refresh_token"];
/// Members of a token answer (RFC 6749 5.1, OpenID Connect Core 3.1.3.3, and the common end of a refresh token).
const TOKEN_MEMBERS: &[&str] =
    &["access_token", "token_type", "expires_in", "refresh_token", "scope", "id_token", "refresh_token_expires_in"];
/// Headers that decide who asks, whom, and how the message is framed.
const OWN_HEADERS: &[&str] =
    &["authorization", "proxy-authorization", "cookie", "host", "connection", "content-length", "transfer-encoding"];
/// Where accounts' ids stand in the answers that were seen.
const IDS: &[&str] = &["/sub", "/id", "/user_id", "/account_id", "/uuid", "/data/id", "/user/id"];
const DISPLAY_NAMES: &[&str] =
    &["/name", "/display_name", "/username", "/login", "/email", "/data/name", "/user/name", "/user/email"];
const SHORTEST_LIFETIME: i64 = 60;
/// Some vendors' tokens live for five minutes; earlier than this, those would always be due.
const USUAL_AHEAD: TimeDelta = TimeDelta::minutes(1);
const LONGEST_AHEAD: i64 = 24 * 3600;
const LONGEST_LIFETIME: i64 = 10 * 366 * 24 * 3600;

/// Judges the parts of one entry.
struct Judge<'a, 'b> {
    slug: String,
    variables: Vec<Variable>,
    faults: &'a mut Faulty<'b>,
}

/// The entry, or `None` where its kind could not be read. It counts only if no fault was found.
pub(super) fn entry(common: raw::Common, kind: Option<RawKind>, faults: &mut Faulty<'_>) -> Option<Entry> {
    let mut judge = Judge { slug: common.slug.get_ref().clone(), variables: Vec::new(), faults };
    if !is_slug(&judge.slug) {
        judge.fault(&common.slug.span(), "slug must be lower case words of letters and digits, joined by hyphens");
    }
    judge.text("name", &common.name, 80);
    if let Some(docs) = &common.docs {
        judge.link("docs", docs);
    }
    if let Some(note) = &common.note {
        judge.text("note", note, 300);
    }
    judge.variables = judge.variables(common.variables);
    let api_base = common.api_base.map(|base| judge.template("api_base", &base));
    let api_headers = judge.headers(common.api_headers);
    let pushes = common.webhook.and_then(|webhook| judge.webhook(webhook));
    let mcp_url = common.mcp_url.and_then(|url| judge.mcp_url(&url, matches!(kind, Some(RawKind::Basic(_)))));
    let (has_base, place) = (api_base.is_some(), common.slug.span());
    let kind = match kind? {
        RawKind::OAuth2(raw) => judge.oauth2(*raw).map(|oauth2| Kind::OAuth2(Box::new(oauth2))),
        RawKind::ApiKey(raw) => judge.pasted(&raw, has_base, &place).map(|probe| Kind::ApiKey { probe }),
        RawKind::Basic(raw) => judge.pasted(&raw, has_base, &place).map(|probe| Kind::Basic { probe }),
    };
    let placement = common.placement.and_then(|placement| judge.placement(placement));
    let placement = match (placement, kind.as_ref()?) {
        (None, Kind::OAuth2(_)) => Placement::bearer(),
        (None, Kind::Basic { .. }) => Placement::Basic,
        (Some(placement), Kind::OAuth2(_) | Kind::ApiKey { .. }) => placement,
        (None, Kind::ApiKey { .. }) | (Some(_), Kind::Basic { .. }) => {
            judge.fault(&place, "placement must be said for a key, and only there and for a token");
            return None;
        }
    };
    let entry = Entry {
        slug: judge.slug.clone(),
        name: common.name.into_inner(),
        docs: common.docs.map(Spanned::into_inner),
        verified: common.verified,
        sources: common.sources,
        note: common.note.map(Spanned::into_inner),
        variables: std::mem::take(&mut judge.variables),
        api_base: api_base.flatten(),
        api_headers,
        placement,
        pushes,
        mcp_url,
        kind: kind?,
    };
    for variable in entry.variables.iter().filter(|variable| !entry.uses(&variable.name)) {
        judge.fault(&place, &format!("variables.{} is used by no address", variable.name));
    }
    Some(entry)
}

/// Names a path, a row and environment keys: `a-b` becomes `A_B`, so there is no `_`.
fn is_slug(slug: &str) -> bool {
    slug.len() <= 64
        && slug.starts_with(|first: char| first.is_ascii_lowercase())
        && slug
            .split('-')
            .all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()))
}

impl Entry {
    fn uses(&self, variable: &str) -> bool {
        self.addresses().into_iter().any(|template| template.names().any(|name| name == variable))
    }

    /// Every address it has.
    pub fn addresses(&self) -> Vec<&Template> {
        let own = match &self.kind {
            Kind::OAuth2(oauth2) => vec![
                Some(&oauth2.authorize),
                Some(&oauth2.token),
                oauth2.refresh_url.as_ref(),
                oauth2.revoke.as_ref().map(|revoke| &revoke.url),
                oauth2.account.as_ref().map(|account| &account.url),
            ],
            Kind::ApiKey { probe } | Kind::Basic { probe } => vec![Some(probe)],
        };
        own.into_iter().chain([self.api_base.as_ref()]).flatten().collect()
    }
}

impl Judge<'_, '_> {
    fn fault(&mut self, span: &Range<usize>, problem: &str) {
        self.faults.at(span, format!("{}: {problem}", self.slug));
    }

    fn text(&mut self, key: &str, text: &Spanned<String>, most: usize) {
        let length = text.get_ref().chars().count();
        if text.get_ref().trim().is_empty() || length > most || text.get_ref().chars().any(char::is_control) {
            self.fault(&text.span(), &format!("{key} must be one line of 1 to {most} characters"));
        }
    }

    /// An address for people, which takes no variables.
    fn link(&mut self, key: &str, url: &Spanned<String>) {
        if let Err(problem) = Template::parse(url.get_ref(), &[]) {
            self.fault(&url.span(), &format!("{key} {problem}"));
        }
    }

    /// An address without variables: it is one place for everybody.
    fn mcp_url(&mut self, url: &Spanned<String>, is_basic: bool) -> Option<Url> {
        if is_basic {
            self.fault(
                &url.span(),
                "mcp_url is of no use where a password is pasted: the server takes a bearer's token",
            );
        }
        self.link("mcp_url", url);
        url.get_ref().parse().ok()
    }

    fn template(&mut self, key: &str, text: &Spanned<String>) -> Option<Template> {
        Template::parse(text.get_ref(), &self.variables)
            .map_err(|problem| self.fault(&text.span(), &format!("{key} {problem}")))
            .ok()
    }

    fn variables(&mut self, raw: BTreeMap<Spanned<String>, raw::Variable>) -> Vec<Variable> {
        raw.into_iter().filter_map(|(name, variable)| self.variable(&name, variable)).collect()
    }

    fn variable(&mut self, name: &Spanned<String>, raw: raw::Variable) -> Option<Variable> {
        let (place, name) = (name.span(), name.get_ref().clone());
        if !is_name(&name) {
            self.fault(&place, &format!("variables.{name} must be a name in snake_case"));
        }
        let form = match (raw.form.get_ref(), raw.values) {
            (raw::Form::Label, None) => Form::Label,
            (raw::Form::Host, None) => Form::Host,
            (raw::Form::Segment, None) => Form::Segment,
            (raw::Form::OneOf, Some(values)) if !values.is_empty() => Form::OneOf(values),
            (raw::Form::OneOf, _) => {
                self.fault(&raw.form.span(), &format!("variables.{name} is one_of, and has no values"));
                return None;
            }
            (_, Some(_)) => {
                self.fault(&raw.form.span(), &format!("variables.{name} has values, and is not one_of"));
                return None;
            }
        };
        for (key, value) in [("default", &raw.default), ("example", &raw.example)] {
            if let Some(value) = value.as_ref().filter(|value| !form.accepts(value.get_ref())) {
                self.fault(&value.span(), &format!("variables.{name}.{key} must be {}", form.wanted()));
                return None;
            }
        }
        let default = raw.default.map(Spanned::into_inner);
        let example = raw.example.map(Spanned::into_inner).or_else(|| default.clone()).or_else(|| match &form {
            Form::OneOf(values) => values.first().cloned(),
            Form::Label | Form::Host | Form::Segment => None,
        });
        let Some(example) = example else {
            self.fault(&place, &format!("variables.{name} needs an example"));
            return None;
        };
        Some(Variable { name, form, default, example })
    }

    fn headers(&mut self, raw: raw::Texts) -> Vec<(String, String)> {
        for (name, value) in &raw {
            if HeaderName::try_from(name.as_str()).is_err() || HeaderValue::try_from(value.get_ref().as_str()).is_err()
            {
                self.fault(&value.span(), &format!("api_headers.{name} is no header"));
            } else if OWN_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
                self.fault(&value.span(), &format!("api_headers.{name} is not an entry's to set"));
            } else {
                self.holes("api_headers", value);
            }
        }
        pairs(raw)
    }

    fn params(&mut self, key: &str, raw: raw::Texts, own: &[&str]) -> Vec<(String, String)> {
        for (name, value) in &raw {
            if own.contains(&name.as_str()) {
                self.fault(&value.span(), &format!("{key}.{name} is not an entry's to set"));
            } else if name.is_empty() || name.chars().any(char::is_control) || value.get_ref().is_empty() {
                self.fault(&value.span(), &format!("{key} must have names and values"));
            }
        }
        pairs(raw)
    }

    /// The client id is the one thing that a fixed value may mention.
    fn holes(&mut self, key: &str, value: &Spanned<String>) {
        if value.get_ref().replace("{client_id}", "").contains(['{', '}']) {
            self.fault(&value.span(), &format!("{key} may say {{client_id}}, and no other variable"));
        }
    }

    fn oauth2(&mut self, raw: raw::OAuth2) -> Option<OAuth2> {
        for scope in &raw.scopes {
            // RFC 6749 3.3, less the separators in use.
            let fits = scope.get_ref().bytes().all(|byte| byte.is_ascii_graphic() && !b"\"\\,".contains(&byte));
            if scope.get_ref().is_empty() || !fits {
                self.fault(&scope.span(), "scopes must be a list with one scope each");
            }
        }
        let separator = *raw.scope_separator.get_ref();
        if let Some(first) = raw.scopes.first().filter(|_| separator == Separator::None) {
            self.fault(&first.span(), "scopes are never sent where scope_separator is none");
        }
        let lifetime = raw.token_lifetime_seconds.as_ref().map(|seconds| {
            if !(SHORTEST_LIFETIME..=LONGEST_LIFETIME).contains(seconds.get_ref()) {
                let range = format!("{SHORTEST_LIFETIME} to {LONGEST_LIFETIME}");
                self.fault(&seconds.span(), &format!("token_lifetime_seconds must be {range}"));
            }
            *seconds.get_ref()
        });
        for (member, pointer) in &raw.token_answer {
            if !TOKEN_MEMBERS.contains(&member.as_str()) {
                let members = TOKEN_MEMBERS.join(", ");
                self.fault(&pointer.span(), &format!("token_answer.{member} must be one of {members}"));
            }
            self.pointer("token_answer", pointer);
        }
        let refresh = self.refresh(&raw);
        let revoke = raw
            .revoke
            .and_then(|revoke| self.template("revoke.url", &revoke.url).map(|url| Revoke { url, how: revoke.how }));
        let account = raw.account.and_then(|account| self.account(account));
        let refresh_url = raw.refresh_url.and_then(|url| self.template("refresh_url", &url));
        let authorize = self.template("authorize_url", &raw.authorize_url);
        let token = self.template("token_url", &raw.token_url);
        Some(OAuth2 {
            scopes: raw.scopes.into_iter().map(Spanned::into_inner).collect(),
            separator,
            pkce: match raw.pkce {
                raw::Pkce::S256 => Pkce::S256,
                raw::Pkce::Off => Pkce::Unsupported,
            },
            refresh,
            client_auth: match raw.client_auth {
                raw::ClientAuth::Body => ClientAuth::Body,
                raw::ClientAuth::Basic => ClientAuth::Basic,
                raw::ClientAuth::None => ClientAuth::Public,
            },
            token_body: match raw.token_body {
                Some(raw::TokenBody::Json) => TokenBody::Json,
                Some(raw::TokenBody::Form) | None => TokenBody::Form,
            },
            authorize_params: self.params("authorize_params", raw.authorize_params, AUTHORIZE_OWN),
            token_params: self.params("token_params", raw.token_params, TOKEN_OWN),
            token_answer: pairs(raw.token_answer),
            token_lifetime: lifetime.and_then(TimeDelta::try_seconds),
            revoke,
            account,
            refresh_url,
            authorize: authorize?,
            token: token?,
        })
    }

    fn account(&mut self, raw: raw::Account) -> Option<AccountCall> {
        for pointer in raw.id.iter().chain(&raw.display_name).flatten() {
            self.pointer("account", pointer);
        }
        let list = |given: Option<Vec<Spanned<String>>>, usual: &[&str]| match given {
            Some(given) => given.into_iter().map(Spanned::into_inner).collect(),
            None => usual.iter().map(|one| (*one).to_owned()).collect(),
        };
        Some(AccountCall {
            url: self.template("account.url", &raw.url)?,
            method: raw.method.unwrap_or(AccountMethod::Get),
            id: list(raw.id, IDS),
            display_name: list(raw.display_name, DISPLAY_NAMES),
        })
    }

    fn pointer(&mut self, key: &str, pointer: &Spanned<String>) {
        if !pointer.get_ref().starts_with('/') || pointer.get_ref().len() < 2 {
            self.fault(&pointer.span(), &format!("{key} must be JSON pointers, which begin with /"));
        }
    }

    fn placement(&mut self, raw: Spanned<raw::Placement>) -> Option<Placement> {
        let span = raw.span();
        let raw::Placement { scheme, header, prefix, query } = raw.into_inner();
        let fits = |text: &str| HeaderValue::try_from(text).is_ok();
        let placement = match (scheme, header, query, prefix) {
            (Some(scheme), None, None, None) if fits(&scheme) && !scheme.is_empty() => Placement::Scheme(scheme),
            (None, Some(name), None, prefix) if HeaderName::try_from(name.as_str()).is_ok() => {
                Placement::Header { name, prefix: prefix.filter(|prefix| fits(prefix)).unwrap_or_default() }
            }
            (None, None, Some(name), None) if !name.is_empty() => Placement::Query(name),
            _ => {
                self.fault(&span, "placement must be one of { scheme }, { header, prefix } and { query }");
                return None;
            }
        };
        Some(placement)
    }

    /// A key is of no use but for calls.
    fn pasted(&mut self, raw: &raw::Pasted, has_base: bool, slug: &Range<usize>) -> Option<Template> {
        if !has_base {
            self.fault(slug, "api_base is missing");
        }
        self.template("probe_url", &raw.probe_url)
    }

    fn refresh(&mut self, raw: &raw::OAuth2) -> Refresh {
        let mut seconds = |key: &str, given: &Option<Spanned<i64>>, usual: TimeDelta| match given {
            Some(given) if !(0..=LONGEST_AHEAD).contains(given.get_ref()) => {
                self.fault(&given.span(), &format!("{key} must be 0 to {LONGEST_AHEAD}"));
                usual
            }
            Some(given) => TimeDelta::seconds(*given.get_ref()),
            None => usual,
        };
        let ahead = seconds("refresh_ahead_seconds", &raw.refresh_ahead_seconds, USUAL_AHEAD);
        let grace = seconds("refresh_grace_seconds", &raw.refresh_grace_seconds, TimeDelta::zero());
        let refresh = *raw.refresh.get_ref();
        if let Some(given) = raw.refresh_ahead_seconds.as_ref().filter(|_| refresh == raw::Refresh::Never) {
            self.fault(&given.span(), "refresh_ahead_seconds is of no use where refresh is never");
        }
        if let Some(given) = raw.refresh_grace_seconds.as_ref().filter(|_| refresh != raw::Refresh::Replaced) {
            self.fault(&given.span(), "refresh_grace_seconds is of use where refresh is replaced");
        }
        match refresh {
            raw::Refresh::Never => Refresh::Never,
            raw::Refresh::Kept => Refresh::Kept { ahead },
            raw::Refresh::Replaced => Refresh::Replaced { ahead, grace },
        }
    }
}

fn pairs(raw: raw::Texts) -> Vec<(String, String)> {
    raw.into_iter().map(|(name, value)| (name, value.into_inner())).collect()
}
