//! What Slack sends: events in their envelope, the handshake, buttons and commands as forms, and the check of a
//! certificate, which alone comes unsigned.

use super::{APP_ID, bot_user_id, enterprise};
use crate::{
    account::{Account, Vendor},
    app::App,
    courier::{FORM, Letter, sign_slack},
};
use chrono::TimeDelta;
use kernel::Secret;
use serde::Deserialize;
use serde_json::{Map, Value, json, value::RawValue};
use url::form_urlencoded;

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// The payload is the event; an envelope comes round it.
    #[default]
    Event,
    /// The payload is the whole body, byte by byte: `app_rate_limited`, or an envelope of the caller's own.
    Whole,
    UrlVerification,
    /// The payload is what the form's one field holds.
    Interactivity,
    /// The payload's fields go into the form.
    Command,
    SslCheck,
}

/// Why the failed attempt before this one failed.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RetryReason {
    #[default]
    HttpTimeout,
    TooManyRedirects,
    ConnectionFailed,
    SslError,
    HttpError,
    UnknownError,
}

impl RetryReason {
    fn word(self) -> &'static str {
        match self {
            Self::HttpTimeout => "http_timeout",
            Self::TooManyRedirects => "too_many_redirects",
            Self::ConnectionFailed => "connection_failed",
            Self::SslError => "ssl_error",
            Self::HttpError => "http_error",
            Self::UnknownError => "unknown_error",
        }
    }
}

pub(crate) struct Message {
    pub(crate) kind: Kind,
    pub(crate) path: String,
    /// In whose workspace it happened.
    pub(crate) account: Account,
    pub(crate) payload: Option<Box<RawValue>>,
    /// What the envelope says in place of what it would say.
    pub(crate) envelope: Map<String, Value>,
    /// How far the signed time is from now.
    pub(crate) offset: TimeDelta,
    pub(crate) retry: Option<(u32, RetryReason)>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum BadMessage {
    #[error("no signing secret is configured, so Slack sends nothing")]
    Unsigned,
    #[error("this kind of message needs a payload")]
    Empty,
    #[error("the payload must be an object")]
    NotAnObject,
}

/// The deprecated token in every body, which nobody is to look at.
const VERIFICATION_TOKEN: &str = "sandbox-verification";

pub(crate) fn letter(app: &App, message: Message) -> Result<Letter, BadMessage> {
    let secret = app.config.connect.slack_signing_secret.as_ref().ok_or(BadMessage::Unsigned)?;
    let (content_type, body) = body(app, &message)?;
    let mut headers = vec![
        ("content-type", content_type.to_owned()),
        ("user-agent", "Slackbot 1.0 (+https://api.slack.com/robots)".to_owned()),
    ];
    if message.kind != Kind::SslCheck {
        headers.extend(signature(app, secret, message.offset, &body));
    }
    if let Some((number, reason)) = message.retry {
        headers.push(("x-slack-retry-num", number.to_string()));
        headers.push(("x-slack-retry-reason", reason.word().to_owned()));
    }
    Ok(Letter::new(Vendor::Slack, message.path, headers, body))
}

fn signature(app: &App, secret: &Secret, offset: TimeDelta, body: &[u8]) -> [(&'static str, String); 2] {
    // Real time: the receiver compares it with its own clock.
    let timestamp = (app.wall.now() + offset).timestamp().to_string();
    let signature = sign_slack(secret, &timestamp, body);
    [("x-slack-request-timestamp", timestamp), ("x-slack-signature", signature)]
}

fn body(app: &App, message: &Message) -> Result<(&'static str, Vec<u8>), BadMessage> {
    let payload = || message.payload.as_deref().map(RawValue::get).ok_or(BadMessage::Empty);
    let fields = || serde_json::from_str::<Map<String, Value>>(payload()?).map_err(|_| BadMessage::NotAnObject);
    Ok(match message.kind {
        Kind::Event => ("application/json", envelope(app, message, fields()?)),
        Kind::Whole => ("application/json", payload()?.as_bytes().to_vec()),
        Kind::UrlVerification => {
            let mut body = Map::from_iter([
                ("type".to_owned(), json!("url_verification")),
                ("token".to_owned(), json!(VERIFICATION_TOKEN)),
                ("challenge".to_owned(), json!(kernel::alphanumeric(52))),
            ]);
            body.extend(message.envelope.clone());
            ("application/json", Value::Object(body).to_string().into_bytes())
        }
        Kind::Interactivity => (FORM, form([("payload", payload()?)])),
        Kind::Command => (FORM, command(app, message, fields()?)),
        Kind::SslCheck => (FORM, form([("ssl_check", "1"), ("token", VERIFICATION_TOKEN)])),
    })
}

fn form<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<u8> {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish().into_bytes()
}

/// The event as Slack wraps it. One authorization stands for all that can see it.
fn envelope(app: &App, message: &Message, event: Map<String, Value>) -> Vec<u8> {
    let account = &message.account;
    let (team_id, enterprise) = (account.slack_team_id(), enterprise(account));
    let enterprise_id = enterprise.as_ref().map(|enterprise| enterprise["id"].clone());
    let now = app.wall.now();
    let mut event = event;
    event
        .entry("event_ts")
        .or_insert_with(|| json!(format!("{}.{:06}", now.timestamp(), now.timestamp_subsec_micros())));
    let mut body = Map::new();
    let whole = json!({
        "token": VERIFICATION_TOKEN,
        "team_id": team_id,
        "context_team_id": team_id,
        "context_enterprise_id": enterprise_id,
        "api_app_id": APP_ID,
        "event": event,
        "type": "event_callback",
        "event_id": format!("Ev{}", kernel::alphanumeric(10).to_ascii_uppercase()),
        "event_time": now.timestamp(),
        "authorizations": [{
            "enterprise_id": enterprise_id,
            // An app of the whole organization is authorized by it and by no team.
            "team_id": if enterprise.is_some() { Value::Null } else { json!(team_id) },
            "user_id": bot_user_id(account),
            "is_bot": true,
            "is_enterprise_install": enterprise.is_some(),
        }],
        "is_ext_shared_channel": false,
        "event_context": format!("4-{}", kernel::alphanumeric(40)),
    });
    if let Value::Object(whole) = whole {
        body.extend(whole);
    }
    body.extend(message.envelope.clone());
    Value::Object(body).to_string().into_bytes()
}

fn command(app: &App, message: &Message, given: Map<String, Value>) -> Vec<u8> {
    let account = &message.account;
    let enterprise = enterprise(account);
    let whole = json!({
        "token": VERIFICATION_TOKEN,
        "team_id": account.slack_team_id(),
        "team_domain": account.name(),
        "channel_id": "C0SANDBOX1",
        "channel_name": "general",
        "user_id": app.people.person(Vendor::Slack, account).id,
        "user_name": account.name(),
        "command": "/sandbox",
        "text": "",
        "api_app_id": APP_ID,
        "is_enterprise_install": if enterprise.is_some() { "true" } else { "false" },
        "response_url": format!("{}/slack/commands/{}", app.url, kernel::alphanumeric(24)),
        "trigger_id": format!("{}.{}", app.wall.now().timestamp(), kernel::alphanumeric(32)),
    });
    let mut fields = Map::new();
    if let Value::Object(whole) = whole {
        fields.extend(whole);
    }
    if let Some(enterprise) = enterprise {
        fields.insert("enterprise_id".to_owned(), enterprise["id"].clone());
        fields.insert("enterprise_name".to_owned(), enterprise["name"].clone());
    }
    fields.extend(given);
    let texts: Vec<(String, String)> = fields
        .into_iter()
        .map(|(name, value)| (name, value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
        .collect();
    form(texts.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}
