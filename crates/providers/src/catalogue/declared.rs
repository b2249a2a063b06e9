//! An entry as a provider: its record, and the code that all entries share.

use super::{
    Faults,
    ask::{self, Asked},
    built_in,
    entry::{AccountCall, AccountMethod, Entry, Kind, OAuth2, Revoke as Ending, RevokeHow},
    template::{Form, Template, TemplateError, Variable},
    token_answer, with_own,
};
use crate::{
    Account, Auth, Call, CallError, Endpoints, EndpointsError, Input, InputKind, Installations, Keys, OAuth2 as Flow,
    Placement, Pool, Provider, Quota, Revocation, Revoke, Scopes, Streams, Vendor, Webhooks, call::json,
    placement::place,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use http::{HeaderMap, HeaderValue, Method, header};
use kernel::{ConnectionId, Parameters, Secret};
use oauth::{ClientAuth, Grant};
use outbound::Answer;
use serde_json::Value;
use std::{collections::BTreeMap, path::Path, sync::Arc};
use url::Url;

/// Every provider of the catalogue, and those of an operator's own file over them. A file with a fault brings none, so
/// that whoever reads it anew keeps what they had.
pub fn providers(own: Option<&Path>) -> Result<Vec<Arc<Provider>>, Faults> {
    let built_in = built_in().map_err(Clone::clone)?;
    let entries = match own {
        Some(path) => with_own(built_in, path)?.entries,
        None => built_in.entries.clone(),
    };
    Ok(entries.into_values().map(|entry| Arc::new(provider(entry))).collect())
}

/// An entry's record.
pub fn provider(entry: Entry) -> Provider {
    Provider {
        slug: entry.slug.clone(),
        name: entry.name.clone(),
        docs: entry.docs.clone().unwrap_or_default(),
        verified: entry.verified,
        keys: keys(&entry),
        auth: match &entry.kind {
            Kind::OAuth2(oauth2) => Auth::OAuth2(flow(oauth2)),
            Kind::ApiKey { .. } => Auth::ApiKey,
            Kind::Basic { .. } => Auth::Basic,
        },
        inputs: entry.variables.iter().map(input).collect(),
        placement: entry.placement.clone(),
        api_headers: entry.api_headers.clone(),
        webhook: entry.pushes.as_ref().map(|pushes| pushes.webhook.clone()),
        mcp_url: entry.mcp_url.clone(),
        sign_in: None,
        vendor: Box::new(Declared(entry)),
    }
}

fn keys(entry: &Entry) -> Keys {
    let prefix = entry.slug.to_ascii_uppercase().replace('-', "_");
    let webhook_secret = entry.pushes.as_ref().map(|_| format!("{prefix}_WEBHOOK_SECRET"));
    Keys { webhook_secret, ..Keys::of(&prefix) }
}

fn flow(oauth2: &OAuth2) -> Flow {
    Flow {
        scopes: Scopes {
            default: oauth2.scopes.clone(),
            required: Vec::new(),
            separator: oauth2.separator.text().to_owned(),
        },
        pkce: oauth2.pkce,
        client_auth: oauth2.client_auth,
        token_body: oauth2.token_body,
        authorize_extra: oauth2.authorize_params.clone(),
        token_extra: oauth2.token_params.clone(),
        refresh: oauth2.refresh,
        consent_life: None,
        revoke: if oauth2.revoke.is_some() { Revoke::Account } else { Revoke::Nowhere },
    }
}

fn input(variable: &Variable) -> Input {
    Input {
        name: variable.name.clone(),
        about: match &variable.default {
            Some(default) => format!("Becomes part of the vendor's address; {default} where nothing is said."),
            None => "Becomes part of the vendor's address.".to_owned(),
        },
        example: variable.example.clone(),
        required: variable.default.is_none(),
        kind: match &variable.form {
            Form::Label => InputKind::Label,
            Form::Host => InputKind::Host,
            Form::Segment => InputKind::Word(128),
            Form::OneOf(values) => InputKind::OneOf(values.clone()),
        },
        query: None,
    }
}

/// The code of every entry.
struct Declared(Entry);

impl Declared {
    /// An address for these parameters: the vendor's, or below the base that plays it.
    fn address(&self, template: &Template, base: Option<&Url>, parameters: &Parameters) -> Result<Url, EndpointsError> {
        // A connection may carry more than addresses need.
        let known = |name: &str| self.0.variables.iter().any(|variable| variable.name == name);
        let given: BTreeMap<String, String> = parameters
            .iter()
            .filter(|(name, _)| known(name))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let url = template.render(&self.0.variables, &given).map_err(|error| match error {
            TemplateError::Missing { name, .. } => EndpointsError::Missing(name),
            TemplateError::Refused { name, .. } | TemplateError::Unknown(name) => EndpointsError::Refused(name),
            TemplateError::Escaped => EndpointsError::NotAUrl,
        })?;
        let Some(base) = base else { return Ok(url) };
        let behind = url.as_str().trim_start_matches("https://");
        Ok(Url::parse(&format!("{}/{behind}", base.as_str().trim_end_matches('/')))?)
    }

    fn addresses(&self, base: Option<&Url>, parameters: &Parameters) -> Result<Endpoints, EndpointsError> {
        let address = |template: &Template| self.address(template, base, parameters);
        let maybe = |template: Option<&Template>| template.map(address).transpose();
        let api_base = maybe(self.0.api_base.as_ref())?;
        match &self.0.kind {
            Kind::OAuth2(oauth2) => {
                let (authorize, token) = (address(&oauth2.authorize)?, address(&oauth2.token)?);
                let account = maybe(oauth2.account.as_ref().map(|account| &account.url))?;
                // Without a base, calls go where the account is asked for, else where tokens come from.
                let usual = oauth2.account.as_ref().map_or(&oauth2.token, |account| &account.url);
                let api = match api_base {
                    Some(api) => api,
                    None => root(&address(usual)?, base)?,
                };
                Ok(Endpoints {
                    web: root(&authorize, base)?,
                    authorize,
                    token,
                    refresh: maybe(oauth2.refresh_url.as_ref())?,
                    revoke: maybe(oauth2.revoke.as_ref().map(|revoke| &revoke.url))?,
                    api: without_slash(api),
                    others: account.into_iter().collect(),
                })
            }
            Kind::ApiKey { probe } | Kind::Basic { probe } => {
                let probe = address(probe)?;
                let api = without_slash(api_base.map_or_else(|| root(&probe, base), Ok)?);
                Ok(Endpoints {
                    authorize: probe.clone(),
                    token: probe.clone(),
                    refresh: None,
                    revoke: None,
                    web: root(&probe, base)?,
                    api,
                    others: vec![probe],
                })
            }
        }
    }

    async fn whose(&self, call: Call<'_>, grant: &Grant) -> Result<Account, CallError> {
        match &self.0.kind {
            Kind::OAuth2(oauth2) => match &oauth2.account {
                Some(account) => self.asked(call, account).await,
                None => Ok(named(grant.id_token.as_ref().and_then(subject), &self.0.name)),
            },
            Kind::ApiKey { .. } | Kind::Basic { .. } => {
                let probe = call.configured.endpoints.others.first().ok_or(CallError::Misconfigured)?;
                self.send(call, Method::GET, probe.clone()).await?;
                Ok(named(None, &self.0.name))
            }
        }
    }

    async fn asked(&self, call: Call<'_>, account: &AccountCall) -> Result<Account, CallError> {
        let url = call.configured.endpoints.others.first().ok_or(CallError::Misconfigured)?;
        let method = match account.method {
            AccountMethod::Get => Method::GET,
            AccountMethod::Post => Method::POST,
        };
        let found = json(&self.send(call, method, url.clone()).await?)?;
        let first = |pointers: &[String]| pointers.iter().find_map(|pointer| word(found.pointer(pointer)?));
        let id = first(&account.id).ok_or(CallError::Unreadable)?;
        let display_name = first(&account.display_name).unwrap_or_else(|| id.clone());
        Ok(Account { id, org_id: None, display_name, scopes: None, resources: Vec::new() })
    }

    /// With the credential where the provider wants it, and the entry's headers.
    async fn send(&self, call: Call<'_>, method: Method, url: Url) -> Result<Answer, CallError> {
        let (url, dress) = call.configured.dressed(call.token, url)?;
        let headers = dress.over(HeaderMap::new());
        ask::ask(call, Asked { method, url, headers, form: None }).await
    }

    async fn end(&self, call: Call<'_>, grant: &Grant) -> Result<Revocation, CallError> {
        let Kind::OAuth2(oauth2) = &self.0.kind else { return Ok(Revocation::NotOffered) };
        let (Some(ending), Some(url)) = (&oauth2.revoke, &call.configured.endpoints.revoke) else {
            return Ok(Revocation::NotOffered);
        };
        let asked = ending_request(call, oauth2.client_auth, ending, url.clone(), grant)?;
        match (ask::ask(call, asked).await, ending.how) {
            (Ok(_), _) => Ok(Revocation::Revoked),
            // RFC 7009 2.2 answers 200 to a dead token; vendors that do not, say that they do not know it.
            (Err(CallError::NotFound), _) | (Err(CallError::Unauthorized), RevokeHow::Bearer) => {
                Ok(Revocation::AlreadyGone)
            }
            (Err(CallError::Unauthorized), _) => Err(CallError::Misconfigured),
            (Err(error), _) => Err(error),
        }
    }
}

/// The refresh token where there is one: ending it ends the access tokens too (RFC 7009 2.1).
fn ending_request<'a>(
    call: Call<'a>,
    client_auth: ClientAuth,
    ending: &Ending,
    mut url: Url,
    grant: &'a Grant,
) -> Result<Asked<'a>, CallError> {
    let settings = &call.configured.settings;
    let (token, hint) = match &grant.refresh_token {
        Some(token) => (token, "refresh_token"),
        None => (&grant.access_token, "access_token"),
    };
    let mut headers = HeaderMap::new();
    let mut form = Some(vec![("token", token.expose().as_str()), ("token_type_hint", hint)]);
    match (ending.how, client_auth) {
        (RevokeHow::FormWithClient, ClientAuth::Basic) => {
            headers = ask::basic(&settings.client_id, &settings.client_secret)?;
        }
        (RevokeHow::FormWithClient, ClientAuth::Body) => form.get_or_insert_default().extend([
            ("client_id", settings.client_id.as_str()),
            ("client_secret", settings.client_secret.expose().as_str()),
        ]),
        (RevokeHow::FormWithClient, ClientAuth::Public) => {
            form.get_or_insert_default().push(("client_id", settings.client_id.as_str()));
        }
        (RevokeHow::Form, _) => {}
        (RevokeHow::Query, _) => {
            url.query_pairs_mut().append_pair("token", token.expose());
            form = None;
        }
        (RevokeHow::Bearer, _) => {
            (_, headers) = place(&Placement::bearer(), &grant.access_token, url.clone())?;
            form = None;
        }
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    Ok(Asked { method: Method::POST, url, headers, form })
}

/// An account that somebody else names, or one of its own, so that each connect is a connection of its own.
fn named(id: Option<String>, provider: &str) -> Account {
    let id = id.unwrap_or_else(|| format!("unnamed-{}", ConnectionId::generate()));
    Account { id, org_id: None, display_name: provider.to_owned(), scopes: None, resources: Vec::new() }
}

/// `sub` of an id token that came straight from the token endpoint over TLS, which stands for its signature (OpenID
/// Connect Core 3.1.3.7, 6).
fn subject(id_token: &Secret) -> Option<String> {
    let payload = id_token.expose().split('.').nth(1)?;
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
    word(claims.get("sub")?)
}

/// A text that is not empty, or a whole number.
fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() && text.len() <= 500 => Some(text.clone()),
        Value::Number(number) if !number.is_f64() => Some(number.to_string()),
        _ => None,
    }
}

/// Everything in front of the path, which below a base includes the host it plays.
fn root(url: &Url, base: Option<&Url>) -> Result<Url, EndpointsError> {
    let mut root = url.clone();
    root.set_query(None);
    let kept =
        base.map_or(0, |base| base.path_segments().into_iter().flatten().filter(|one| !one.is_empty()).count() + 1);
    let segments: Vec<String> = url.path_segments().into_iter().flatten().take(kept).map(ToOwned::to_owned).collect();
    root.path_segments_mut().map_err(|()| EndpointsError::NotAUrl)?.clear().extend(segments);
    Ok(root)
}

fn without_slash(mut url: Url) -> Url {
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    url
}

impl Vendor for Declared {
    fn endpoints(&self, base: Option<&Url>, parameters: &Parameters) -> Result<Endpoints, EndpointsError> {
        self.addresses(base, parameters)
    }

    fn read_redirect(&self, _: &Parameters) -> Parameters {
        Parameters::default()
    }

    fn read_token_answer(&self, answer: Value) -> Value {
        match &self.0.kind {
            Kind::OAuth2(oauth2) => token_answer::read(oauth2, answer),
            Kind::ApiKey { .. } | Kind::Basic { .. } => answer,
        }
    }

    fn identify<'a>(&'a self, call: Call<'a>, grant: &'a Grant) -> BoxFuture<'a, Result<Account, CallError>> {
        Box::pin(self.whose(call, grant))
    }

    fn revoke<'a>(&'a self, call: Call<'a>, grant: &'a Grant) -> BoxFuture<'a, Result<Revocation, CallError>> {
        Box::pin(self.end(call, grant))
    }

    fn pause(&self, answer: &Answer, now: DateTime<Utc>) -> Option<TimeDelta> {
        ask::pause(answer, now)
    }

    /// No entry says how its vendor counts; by accounts is the most common.
    fn pool(&self, _: &HeaderMap) -> Pool {
        Pool::Account
    }

    fn quota(&self, _: &HeaderMap, _: DateTime<Utc>) -> Option<Quota> {
        None
    }

    fn webhooks(&self) -> Option<&dyn Webhooks> {
        self.0.pushes.as_ref().map(|pushes| -> &dyn Webhooks { pushes })
    }

    fn streams(&self) -> Option<&dyn Streams> {
        None
    }

    fn installations(&self) -> Option<&dyn Installations> {
        None
    }
}
