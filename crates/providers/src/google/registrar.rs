//! Channels of Calendar and Drive, and watches of mailboxes.
//!
//! A channel is never renewed: another one takes its place. A mailbox has one watch for all of the Cloud project; whoever asks
//! again extends it, and whoever ends it does so for every connection of that mailbox, which then has its timer until its own
//! watch is renewed.

use super::{api, streams};
use crate::{
    Call, CallError, Missed, Order, Registered, Registrar, Renewal, Standing, Watch,
    call::{Body, done},
};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use http::{Method, StatusCode};
use serde_json::{Value, json};

/// Drive gives seven days at most, and Calendar as many; more than the most is not asked for.
const LIFE: TimeDelta = TimeDelta::minutes(7 * 24 * 60 - 60);
/// Of a channel that Google has and whose answer was lost: it is replaced soon, by one that can be stopped.
const OF_A_LOST_ANSWER: TimeDelta = TimeDelta::hours(1);

const CALENDAR: &str = "calendar";
const DRIVE: &str = "drive";
const GMAIL: &str = "gmail";

pub(super) struct GoogleHooks;

impl Registrar for GoogleHooks {
    fn wanted<'a>(&'a self, call: Call<'a>, scopes: &'a [String]) -> BoxFuture<'a, Result<Vec<Watch>, CallError>> {
        let is_pushed = call.configured.settings.push.is_some();
        let wanted =
            [(CALENDAR, "calendar_events", true), (DRIVE, "drive_files", true), (GMAIL, "gmail_messages", is_pushed)]
                .into_iter()
                .filter(|(_, stream, is_possible)| *is_possible && streams::reaches(stream, scopes))
                .map(|(target, ..)| Watch { target: target.to_owned() });
        Box::pin(std::future::ready(Ok(wanted.collect())))
    }

    fn is_one_address(&self) -> bool {
        false
    }

    fn register<'a>(&'a self, call: Call<'a>, order: Order<'a>) -> BoxFuture<'a, Result<Registered, CallError>> {
        Box::pin(register(call, order))
    }

    fn renew<'a>(&'a self, call: Call<'a>, hook: &'a Registered) -> BoxFuture<'a, Result<Renewal, CallError>> {
        Box::pin(async move {
            // A channel's id is one of ours and has no such sign in it.
            if !hook.external_id.contains('@') {
                return Ok(Renewal::Replace);
            }
            Ok(Renewal::Extended { expires_at: watch_mailbox(call).await? })
        })
    }

    fn look<'a>(&'a self, _: Call<'a>, _: &'a str, _: &'a Registered) -> BoxFuture<'a, Result<Standing, CallError>> {
        Box::pin(std::future::ready(Ok(Standing::Unknown)))
    }

    fn remove<'a>(
        &'a self,
        call: Call<'a>,
        target: &'a str,
        hook: &'a Registered,
    ) -> BoxFuture<'a, Result<(), CallError>> {
        Box::pin(remove(call, target, hook))
    }

    fn missed(&self) -> Option<&dyn Missed> {
        None
    }
}

async fn register(call: Call<'_>, order: Order<'_>) -> Result<Registered, CallError> {
    let url = match order.target {
        CALENDAR => api::at(call, &["calendar", "v3", "calendars", "primary", "events", "watch"])?,
        DRIVE => {
            // It watches all changes; the token only has to be one.
            let token = streams::drive::start_token(call).await?;
            let mut url = api::at(call, &["drive", "v3", "changes", "watch"])?;
            url.query_pairs_mut().append_pair("pageToken", &token).extend_pairs(streams::drive::EVERY_DRIVE);
            url
        }
        GMAIL => return mailbox(call).await,
        _ => return Err(CallError::NotFound),
    };
    let channel = json!({
        "id": order.id,
        "type": "web_hook",
        "address": order.callback,
        "token": order.secret.expose(),
        "expiration": (call.now + LIFE).timestamp_millis(),
    });
    let answer = api::ask(call, Method::POST, url, Body::Json(channel)).await?;
    if answer.status == StatusCode::BAD_REQUEST && api::reason(&answer).0.as_deref() == Some("channelIdNotUnique") {
        let expires_at = Some(call.now + OF_A_LOST_ANSWER);
        return Ok(Registered { external_id: order.id.to_owned(), resource: None, expires_at });
    }
    let opened = api::success(&answer, call.now)?;
    Ok(Registered {
        external_id: order.id.to_owned(),
        resource: opened.get("resourceId").and_then(Value::as_str).map(str::to_owned),
        expires_at: Some(end(&opened)?),
    })
}

/// Milliseconds since the epoch, as a text (an int64 in Google's JSON) or a number.
fn end(opened: &Value) -> Result<DateTime<Utc>, CallError> {
    let millis = match opened.get("expiration") {
        Some(Value::String(text)) => text.parse().ok(),
        Some(Value::Number(number)) => number.as_i64(),
        _ => None,
    };
    millis.and_then(DateTime::from_timestamp_millis).ok_or(CallError::Unreadable)
}

/// Pushes name the mailbox and nothing else, so that is its id.
async fn mailbox(call: Call<'_>) -> Result<Registered, CallError> {
    let profile = api::get(call, api::mail(call, &["profile"])?).await?;
    let address = profile.get("emailAddress").and_then(Value::as_str).filter(|address| address.contains('@'));
    let external_id = address.ok_or(CallError::Unreadable)?.to_lowercase();
    Ok(Registered { external_id, resource: None, expires_at: watch_mailbox(call).await? })
}

/// Without a choice of labels: the stream tells of all mail, not of the inbox alone.
async fn watch_mailbox(call: Call<'_>) -> Result<Option<DateTime<Utc>>, CallError> {
    let push = call.configured.settings.push.as_ref().ok_or(CallError::Misconfigured)?;
    let asked = Body::Json(json!({ "topicName": push.topic }));
    let answer = api::ask(call, Method::POST, api::mail(call, &["watch"])?, asked).await?;
    end(&api::success(&answer, call.now)?).map(Some)
}

async fn remove(call: Call<'_>, target: &str, hook: &Registered) -> Result<(), CallError> {
    let (url, body) = match (target, &hook.resource) {
        (GMAIL, _) => (api::mail(call, &["stop"])?, Body::None),
        (CALENDAR | DRIVE, Some(resource)) => {
            let stopped = json!({"id": hook.external_id, "resourceId": resource});
            (api::at(call, &[target, "v3", "channels", "stop"])?, Body::Json(stopped))
        }
        // Nobody can stop a channel without it. It ends by itself, and until then its notifications are refused.
        _ => return Ok(()),
    };
    let answer = api::ask(call, Method::POST, url, body).await?;
    match answer.status {
        StatusCode::NOT_FOUND => Ok(()),
        status if status.is_success() => done(&answer),
        _ => Err(api::refusal(&answer, call.now)),
    }
}
