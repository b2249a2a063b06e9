//! Channels of Calendar and Drive: opened for a while, never renewed, told that something changed and not what.

use super::refused::{Refused, granted};
use crate::{
    account::{Account, Vendor},
    app::App,
    courier::{Letter, deliver_all, path_on_base},
    ledger::Grant,
};
use axum::{
    body::Bytes,
    extract::{FromRequest, Request, State},
    http::{HeaderMap, StatusCode},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// More than any test opens; the rest is refused.
const LIMIT: usize = 10_000;
/// Neither API lets a channel live longer.
const LONGEST: TimeDelta = TimeDelta::days(7);

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Calendar,
    Drive,
}

impl Kind {
    /// How long a channel lives that names no end.
    fn life(self) -> TimeDelta {
        match self {
            Self::Calendar => LONGEST,
            Self::Drive => TimeDelta::hours(1),
        }
    }

    /// What a notification calls a change.
    fn changed(self) -> &'static str {
        match self {
            Self::Calendar => "exists",
            Self::Drive => "change",
        }
    }

    fn scopes(self) -> [&'static str; 4] {
        match self {
            Self::Calendar => super::calendar::SCOPES,
            Self::Drive => super::drive::SCOPES,
        }
    }
}

#[derive(Serialize)]
struct Channel {
    kind: Kind,
    account: Account,
    client_id: String,
    address: String,
    #[serde(skip)]
    path: String,
    token: Option<String>,
    resource_id: String,
    resource_uri: String,
    expires_at: DateTime<Utc>,
    /// Of the last notification.
    number: u64,
}

#[derive(Default)]
pub(super) struct Channels {
    open: BTreeMap<String, Channel>,
    /// Ids that a client has used, which it can never use again.
    used: BTreeSet<(String, String)>,
}

impl Channel {
    fn letter(&mut self, id: &str, state: &str) -> Letter {
        // Increasing, and not by one.
        self.number += 1 + if self.number == 0 { 0 } else { self.number % 3 + 1 };
        let mut headers = vec![
            ("user-agent", "APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)".to_owned()),
            ("x-goog-channel-id", id.to_owned()),
            ("x-goog-channel-expiration", self.expires_at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()),
            ("x-goog-resource-id", self.resource_id.clone()),
            ("x-goog-resource-uri", self.resource_uri.clone()),
            ("x-goog-resource-state", state.to_owned()),
            ("x-goog-message-number", self.number.to_string()),
        ];
        headers.extend(self.token.clone().map(|token| ("x-goog-channel-token", token)));
        Letter::new(Vendor::Google, self.path.clone(), headers, Vec::new())
    }
}

/// A JSON body, whatever it is called.
fn json_body<T: DeserializeOwned>(body: &Bytes) -> Result<T, Refused> {
    serde_json::from_slice(body).map_err(|_| Refused::new(StatusCode::BAD_REQUEST, "parseError", "Parse Error"))
}

/// What a watch asks for.
#[derive(Deserialize)]
pub(super) struct Wanted {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    address: String,
    token: Option<String>,
    /// Milliseconds, as text or as a number.
    expiration: Option<Value>,
    params: Option<BTreeMap<String, Value>>,
}

impl<S: Send + Sync> FromRequest<S> for Wanted {
    type Rejection = Refused;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refused> {
        let body = Bytes::from_request(request, state).await.map_err(|_| Refused::invalid("The body is too long."))?;
        json_body(&body)
    }
}

fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

impl Wanted {
    /// When it ends: as it asks, and never later than the API allows.
    fn end(&self, kind: Kind, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let ttl = self.params.as_ref().and_then(|params| params.get("ttl"));
        let end = match (&self.expiration, ttl) {
            (Some(at), _) => DateTime::from_timestamp_millis(whole(at)?)?,
            (None, Some(seconds)) => now.checked_add_signed(TimeDelta::try_seconds(whole(seconds)?)?)?,
            (None, None) => now + kind.life(),
        };
        (end > now).then_some(end.min(now + LONGEST))
    }

    fn is_named_well(&self) -> bool {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_+/=".contains(&byte);
        (1..=64).contains(&self.id.len()) && self.id.bytes().all(allowed)
    }
}

/// Opens a channel. The first notification, `sync`, is on its way before the answer: whoever learns of the channel by the
/// answer only is too late for it.
pub(super) async fn open(
    app: &App,
    grant: &Grant,
    kind: Kind,
    resource_uri: String,
    wanted: Wanted,
) -> Result<Value, Refused> {
    let bad = |reason, message: &str| Err(Refused::new(StatusCode::BAD_REQUEST, reason, message));
    if !["web_hook", "webhook"].contains(&wanted.kind.as_str()) {
        return bad("channelUnknown", "Channel type not supported");
    }
    if !wanted.is_named_well() || wanted.token.as_ref().is_some_and(|token| token.len() > 256) {
        return bad("invalid", "Invalid channel id or token");
    }
    let Some(path) = path_on_base(app, Vendor::Google, &wanted.address) else {
        return bad("push.webhookUrlUnauthorized", "Unauthorized WebHook callback channel");
    };
    let Some(expires_at) = wanted.end(kind, app.now()) else { return bad("invalid", "Invalid expiration") };
    let resource_id =
        URL_SAFE_NO_PAD.encode(&grant.account.derived(&format!("google {}", kind.changed())).as_bytes()[..10]);
    let mut channel = Channel {
        kind,
        account: grant.account.clone(),
        client_id: grant.client_id.clone(),
        address: wanted.address,
        path,
        token: wanted.token,
        resource_id,
        resource_uri,
        expires_at,
        number: 0,
    };
    let mut answer = json!({
        "kind": "api#channel", "id": wanted.id, "resourceId": channel.resource_id, "resourceUri": channel.resource_uri,
        "expiration": expires_at.timestamp_millis().to_string(),
    });
    if let Some(token) = &channel.token {
        answer["token"] = json!(token);
    }
    let letter = channel.letter(&wanted.id, "sync");
    {
        let channels = &mut app.data.google().channels;
        let is_new = channels.used.len() < LIMIT && !channels.open.contains_key(&wanted.id);
        if !is_new || !channels.used.insert((grant.client_id.clone(), wanted.id.clone())) {
            let message = format!("Channel id {} not unique", wanted.id);
            return Err(Refused::new(StatusCode::BAD_REQUEST, "channelIdNotUnique", message));
        }
        channels.open.insert(wanted.id.clone(), channel);
    }
    deliver_all(app, vec![(wanted.id, letter)]).await;
    Ok(answer)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stopped {
    id: String,
    resource_id: String,
}

pub(super) async fn stop_calendar(state: State<App>, headers: HeaderMap, body: Bytes) -> Result<StatusCode, Refused> {
    stop(&state.0, Kind::Calendar, &headers, &body)
}

pub(super) async fn stop_drive(state: State<App>, headers: HeaderMap, body: Bytes) -> Result<StatusCode, Refused> {
    stop(&state.0, Kind::Drive, &headers, &body)
}

/// Only who opened it ends it, and only with the id of what it watches.
fn stop(app: &App, kind: Kind, headers: &HeaderMap, body: &Bytes) -> Result<StatusCode, Refused> {
    let grant = granted(app, headers, &kind.scopes())?;
    let Stopped { id, resource_id } = json_body(body)?;
    let now = app.now();
    let is_it = |channel: &Channel| {
        let is_theirs = channel.account == grant.account && channel.client_id == grant.client_id;
        is_theirs && channel.kind == kind && channel.resource_id == resource_id && channel.expires_at > now
    };
    let open = &mut app.data.google().channels.open;
    if !open.get(&id).is_some_and(is_it) {
        let message = format!("Channel '{id}' not found for project '{}'", grant.client_id);
        return Err(Refused::new(StatusCode::NOT_FOUND, "notFound", message));
    }
    open.remove(&id);
    Ok(StatusCode::NO_CONTENT)
}

/// Tells the living channels of a person that something changed.
pub(super) async fn notify(app: &App, account: &Account, kind: Kind) -> Vec<Value> {
    let now = app.now();
    let letters = {
        let open = &mut app.data.google().channels.open;
        let told = |channel: &Channel| channel.kind == kind && channel.account == *account && channel.expires_at > now;
        let living = open.iter_mut().filter(|(_, channel)| told(channel));
        living.map(|(id, channel)| (id.clone(), channel.letter(id, kind.changed()))).collect()
    };
    deliver_all(app, letters).await
}

impl Channels {
    /// All there are, the expired ones too.
    pub(super) fn listed(&self, now: DateTime<Utc>) -> Vec<Value> {
        let told = |(id, channel): (&String, &Channel)| {
            let mut told = json!(channel);
            (told["id"], told["expired"]) = (json!(id), json!(channel.expires_at <= now));
            told
        };
        self.open.iter().map(told).collect()
    }

    pub(super) fn forget(&mut self, id: &str) -> bool {
        self.open.remove(id).is_some()
    }
}
