//! A server that plays every entry at once, each below its slug, as strictly as the entry says: it takes credentials where
//! the entry puts them and nowhere else.

use crate::catalogue::world::{CLIENT_ID, CLIENT_SECRET, REDIRECT};
use axum::{
    Json, Router,
    body::Bytes,
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD, engine::general_purpose::URL_SAFE_NO_PAD};
use oauth::{ClientAuth, Pkce, TokenBody};
use providers::{
    Placement, Refresh,
    catalogue::{AccountMethod, Entry, Kind, OAuth2, RevokeHow},
};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};
use url::form_urlencoded;

type Pairs = BTreeMap<String, String>;

/// What is at which address of one entry.
pub struct Part {
    pub entry: &'static Entry,
    /// `HOST/PATH` of each address, and its fixed query.
    pub authorize: (String, Pairs),
    pub token: (String, Pairs),
    pub refresh: (String, Pairs),
    pub revoke: Option<(String, Pairs)>,
    /// Where the account is asked for, or a key is tried.
    pub account: Option<(String, Pairs)>,
    pub live: Live,
}

/// What one vendor has handed out.
#[derive(Default)]
pub struct Live {
    challenge: Option<String>,
    code: Option<String>,
    access: BTreeSet<String>,
    refresh: BTreeSet<String>,
    issued: usize,
}

#[derive(Clone, Default)]
pub struct Stage(Arc<Mutex<BTreeMap<String, Part>>>);

/// Why a request is not what the entry promises.
type Refusal = (StatusCode, String);

fn refuse<T>(why: impl Into<String>) -> Result<T, Refusal> {
    Err((StatusCode::IM_A_TEAPOT, why.into()))
}

impl Stage {
    pub fn add(&self, part: Part) {
        self.0.lock().unwrap().insert(part.entry.slug.clone(), part);
    }

    /// Whether a token still opens anything at this vendor.
    pub fn is_live(&self, slug: &str, token: &str) -> bool {
        let parts = self.0.lock().unwrap();
        parts[slug].live.access.contains(token) || parts[slug].live.refresh.contains(token)
    }

    /// Answers until the test ends.
    pub async fn serve(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(answer).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}")
    }
}

async fn answer(State(stage): State<Stage>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 100_000).await.unwrap_or_default();
    let path = parts.uri.path().trim_start_matches('/');
    let (slug, place) = path.split_once('/').unwrap_or((path, ""));
    let query = pairs(parts.uri.query().unwrap_or_default().as_bytes());
    let mut played = stage.0.lock().unwrap();
    let Some(part) = played.get_mut(slug) else { return StatusCode::NOT_FOUND.into_response() };
    let asked = Asked { method: parts.method, place, query, headers: parts.headers, body };
    part.answer(&asked).unwrap_or_else(|(status, why)| (status, why).into_response())
}

struct Asked<'a> {
    method: Method,
    place: &'a str,
    query: Pairs,
    headers: HeaderMap,
    body: Bytes,
}

fn pairs(text: &[u8]) -> Pairs {
    form_urlencoded::parse(text).into_owned().collect()
}

impl Asked<'_> {
    fn is_at(&self, (place, fixed): &(String, Pairs)) -> bool {
        self.place == place && fixed.iter().all(|(name, value)| self.query.get(name) == Some(value))
    }

    fn authorization(&self) -> Option<&str> {
        self.headers.get(header::AUTHORIZATION)?.to_str().ok()
    }

    fn form(&self, body: TokenBody) -> Result<Pairs, Refusal> {
        let kind = self.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        match body {
            TokenBody::Form if kind == "application/x-www-form-urlencoded" => Ok(pairs(&self.body)),
            TokenBody::Json if kind == "application/json" => {
                serde_json::from_slice(&self.body).or_else(|_| refuse("a body that is no JSON"))
            }
            TokenBody::Form | TokenBody::Json => refuse(format!("a body of the kind {kind}")),
        }
    }
}

impl Part {
    fn answer(&mut self, asked: &Asked<'_>) -> Result<Response, Refusal> {
        match &self.entry.kind {
            Kind::OAuth2(oauth2) if asked.method == Method::GET && asked.is_at(&self.authorize) => {
                self.consent(oauth2, asked)
            }
            Kind::OAuth2(oauth2)
                if asked.method == Method::POST && (asked.is_at(&self.token) || asked.is_at(&self.refresh)) =>
            {
                self.token(oauth2, asked)
            }
            Kind::OAuth2(oauth2) if self.revoke.as_ref().is_some_and(|revoke| asked.is_at(revoke)) => {
                self.end(oauth2, asked)
            }
            _ if self.account.as_ref().is_some_and(|account| asked.is_at(account)) => self.account(asked),
            _ => refuse(format!("{} {}, where nothing is", asked.method, asked.place)),
        }
    }

    fn consent(&mut self, oauth2: &OAuth2, asked: &Asked<'_>) -> Result<Response, Refusal> {
        let said = |name: &str| asked.query.get(name).map(String::as_str);
        if (said("client_id"), said("redirect_uri"), said("response_type"))
            != (Some(CLIENT_ID), Some(REDIRECT), Some("code"))
        {
            return refuse("another client, redirect or response type");
        }
        let challenged = said("code_challenge").is_some() && said("code_challenge_method") == Some("S256");
        if challenged != (oauth2.pkce == Pkce::S256) {
            return refuse("a challenge where there must be none, or none");
        }
        if oauth2.authorize_params.iter().any(|(name, value)| said(name) != Some(value)) {
            return refuse("a fixed parameter is missing");
        }
        self.live.challenge = said("code_challenge").map(ToOwned::to_owned);
        self.live.issued += 1;
        let code = format!("code/{}+", self.live.issued);
        let mut back: url::Url = REDIRECT.parse().unwrap();
        back.query_pairs_mut().append_pair("code", &code).append_pair("state", said("state").unwrap_or_default());
        self.live.code = Some(code);
        Ok(Redirect::to(back.as_str()).into_response())
    }

    fn token(&mut self, oauth2: &OAuth2, asked: &Asked<'_>) -> Result<Response, Refusal> {
        let form = asked.form(oauth2.token_body)?;
        client(oauth2.client_auth, asked, &form)?;
        if oauth2.token_params.iter().any(|(name, value)| form.get(name) != Some(value)) {
            return refuse("a fixed parameter is missing");
        }
        let said = |name: &str| form.get(name).map(String::as_str);
        let dead = || Ok((StatusCode::BAD_REQUEST, Json(json!({"error": "invalid_grant"}))).into_response());
        match said("grant_type") {
            Some("authorization_code") if asked.is_at(&self.token) => {
                if self.live.code.is_none() || self.live.code.as_deref() != said("code") {
                    return dead();
                }
                let proof = said("code_verifier").map(|text| URL_SAFE_NO_PAD.encode(Sha256::digest(text)));
                if proof != self.live.challenge || said("redirect_uri") != Some(REDIRECT) {
                    return refuse("the code was asked for by somebody else");
                }
                self.live.code = None;
                Ok(self.tokens(oauth2, oauth2.refresh != Refresh::Never))
            }
            Some("refresh_token") if asked.is_at(&self.refresh) => {
                let token = said("refresh_token").unwrap_or_default();
                if !self.live.refresh.contains(token) {
                    return dead();
                }
                let replaced = matches!(oauth2.refresh, Refresh::Replaced { .. });
                if replaced {
                    self.live.refresh.remove(token);
                }
                Ok(self.tokens(oauth2, replaced))
            }
            other => refuse(format!("the grant type {other:?} at {}", asked.place)),
        }
    }

    /// As the vendor spells it: members where the entry says they are, scopes with commas, seconds as text.
    fn tokens(&mut self, oauth2: &OAuth2, with_refresh: bool) -> Response {
        self.live.issued += 1;
        let number = self.live.issued;
        let mut members = vec![("access_token", format!("access+{number}")), ("scope", "a,b".to_owned())];
        self.live.access.insert(format!("access+{number}"));
        if with_refresh {
            members.push(("refresh_token", format!("refresh/{number}")));
            self.live.refresh.insert(format!("refresh/{number}"));
        }
        if oauth2.token_lifetime.is_none() {
            members.push(("expires_in", "3600".to_owned()));
        }
        if oauth2.account.is_none() {
            members.push(("id_token", format!("e30.{}.sig", URL_SAFE_NO_PAD.encode(r#"{"sub":"account-7"}"#))));
        }
        let mut answer = Value::Object(Map::new());
        for (member, value) in members {
            let usual = format!("/{member}");
            let told = oauth2.token_answer.iter().find(|(name, _)| name == member);
            put(&mut answer, told.map_or(usual.as_str(), |(_, pointer)| pointer), value.into());
        }
        Json(answer).into_response()
    }

    fn account(&mut self, asked: &Asked<'_>) -> Result<Response, Refusal> {
        let credential = credential(&self.entry.placement, asked)?;
        let (method, live) = match &self.entry.kind {
            Kind::OAuth2(oauth2) => {
                let method = oauth2.account.as_ref().map(|account| account.method);
                (method.unwrap_or(AccountMethod::Get), self.live.access.contains(&credential))
            }
            Kind::ApiKey { .. } => (AccountMethod::Get, credential == "the key"),
            Kind::Basic { .. } => (AccountMethod::Get, credential == "user:pass:word"),
        };
        if asked.method.as_str() != format!("{method:?}").to_uppercase() || !asked.body.is_empty() {
            return refuse("another method, or a body");
        }
        if !live {
            return Ok(StatusCode::UNAUTHORIZED.into_response());
        }
        for (name, value) in &self.entry.api_headers {
            let wanted = value.replace("{client_id}", CLIENT_ID);
            if asked.headers.get(name).and_then(|found| found.to_str().ok()) != Some(&wanted) {
                return refuse(format!("no header {name}"));
            }
        }
        let mut found = json!({});
        if let Kind::OAuth2(oauth2) = &self.entry.kind
            && let Some(account) = &oauth2.account
        {
            if account.id != account.display_name
                && let Some(name) = account.display_name.first().filter(|name| !account.id.contains(name))
            {
                put(&mut found, name, "Ann".into());
            }
            put(&mut found, account.id.last().map_or("/id", String::as_str), "account-7".into());
        }
        Ok(Json(found).into_response())
    }

    fn end(&mut self, oauth2: &OAuth2, asked: &Asked<'_>) -> Result<Response, Refusal> {
        let Some(revoke) = &oauth2.revoke else { return refuse("no such thing") };
        let bearer = asked.authorization().and_then(|text| text.strip_prefix("Bearer "));
        let form = pairs(&asked.body);
        let token = match revoke.how {
            RevokeHow::FormWithClient => {
                client(oauth2.client_auth, asked, &form)?;
                form.get("token").cloned()
            }
            RevokeHow::Form if asked.authorization().is_none() && !form.contains_key("client_secret") => {
                form.get("token").cloned()
            }
            RevokeHow::Query if asked.body.is_empty() => asked.query.get("token").cloned(),
            RevokeHow::Bearer if asked.body.is_empty() => bearer.map(ToOwned::to_owned),
            RevokeHow::Form | RevokeHow::Query | RevokeHow::Bearer => None,
        };
        let token = token.filter(|_| asked.method == Method::POST);
        let Some(token) = token else { return refuse("no token where it belongs") };
        // To end the access token leaves the refresh token alive at some vendors.
        if revoke.how != RevokeHow::Bearer && self.live.access.contains(&token) && !self.live.refresh.is_empty() {
            return refuse("the refresh token stays alive");
        }
        if !self.live.refresh.contains(&token) && !self.live.access.contains(&token) {
            // RFC 7009 2.2: what is dead is ended. A bearer's token has to be alive to be asked about.
            let dead = if revoke.how == RevokeHow::Bearer { StatusCode::UNAUTHORIZED } else { StatusCode::OK };
            return Ok(dead.into_response());
        }
        self.live.refresh.clear();
        self.live.access.clear();
        Ok(StatusCode::OK.into_response())
    }
}

/// RFC 6749 2.3.1, in exactly one of its ways.
fn client(auth: ClientAuth, asked: &Asked<'_>, form: &Pairs) -> Result<(), Refusal> {
    let said = |name: &str| form.get(name).map(String::as_str);
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let basic = STANDARD.encode(format!("{}:{}", encoded(CLIENT_ID), encoded(CLIENT_SECRET)));
    let (wanted, found) = match auth {
        ClientAuth::Basic => ((Some(format!("Basic {basic}")), None, None), said("client_id")),
        ClientAuth::Body => ((None, Some(CLIENT_ID), Some(CLIENT_SECRET)), said("client_id")),
        ClientAuth::Public => ((None, Some(CLIENT_ID), None), said("client_id")),
    };
    let found = (asked.authorization().map(ToOwned::to_owned), found, said("client_secret"));
    if found == wanted { Ok(()) } else { refuse(format!("the client names itself as {found:?}")) }
}

/// The credential, where this placement has it and nowhere else.
fn credential(placement: &Placement, asked: &Asked<'_>) -> Result<String, Refusal> {
    let found = match placement {
        Placement::Scheme(scheme) => {
            asked.authorization().and_then(|text| text.strip_prefix(&format!("{scheme} "))).map(ToOwned::to_owned)
        }
        Placement::Header { name, prefix } if asked.authorization().is_none() => {
            let text = asked.headers.get(name).and_then(|value| value.to_str().ok());
            text.and_then(|text| text.strip_prefix(prefix.as_str())).map(ToOwned::to_owned)
        }
        Placement::Query(name) if asked.authorization().is_none() => asked.query.get(name).cloned(),
        Placement::Basic => {
            let pair = asked.authorization().and_then(|text| text.strip_prefix("Basic "));
            pair.and_then(|pair| String::from_utf8(STANDARD.decode(pair).ok()?).ok())
        }
        Placement::Header { .. } | Placement::Query(_) => None,
    };
    found.ok_or((StatusCode::IM_A_TEAPOT, "no credential where it belongs".to_owned()))
}

/// Makes `value` what the JSON pointer finds.
pub fn put(into: &mut Value, pointer: &str, value: Value) {
    let mut place = into;
    for name in pointer.split('/').skip(1) {
        if name == "0" {
            if !place.is_array() {
                *place = json!([null]);
            }
            place = &mut place[0];
        } else {
            if !place.is_object() {
                *place = json!({});
            }
            place = &mut place[name];
        }
    }
    *place = value;
}
