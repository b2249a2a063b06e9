//! Notification channels of the CRM, one a module. A channel asks for its end; more than a week is not clamped but becomes an
//! hour.

use super::{
    api,
    modules::{MODULES, Module},
};
use crate::{
    Call, CallError, Missed, Order, Registered, Registrar, Renewal, Standing, Watch,
    call::{Body, join, json},
    told::{text, time},
};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use http::{Method, StatusCode};
use kernel::sha256;
use outbound::Answer;
use serde_json::{Value, json as object};
use url::Url;

const LIFE: TimeDelta = TimeDelta::hours(7 * 24 - 1);
/// Besides a scope for the module itself.
const SCOPES: [&str; 2] = ["ZohoCRM.notifications.ALL", "ZohoCRM.notifications.CREATE"];

pub(super) struct ZohoHooks;

impl Registrar for ZohoHooks {
    fn wanted<'a>(&'a self, _: Call<'a>, scopes: &'a [String]) -> BoxFuture<'a, Result<Vec<Watch>, CallError>> {
        let has = |wanted: &str| scopes.iter().any(|scope| scope == wanted);
        let may_watch = SCOPES.into_iter().any(has);
        let reached = MODULES.iter().filter(|module| may_watch && module.scopes().iter().any(|scope| has(scope)));
        let wanted = reached.map(|module| Watch { target: module.name.to_owned() }).collect();
        Box::pin(std::future::ready(Ok(wanted)))
    }

    fn is_one_address(&self) -> bool {
        false
    }

    fn register<'a>(&'a self, call: Call<'a>, order: Order<'a>) -> BoxFuture<'a, Result<Registered, CallError>> {
        Box::pin(register(call, order))
    }

    /// What would extend it is the request that opens it, with the token, which nobody has kept. A new one has one of its own.
    fn renew<'a>(&'a self, _: Call<'a>, _: &'a Registered) -> BoxFuture<'a, Result<Renewal, CallError>> {
        Box::pin(std::future::ready(Ok(Renewal::Replace)))
    }

    fn look<'a>(
        &'a self,
        call: Call<'a>,
        target: &'a str,
        hook: &'a Registered,
    ) -> BoxFuture<'a, Result<Standing, CallError>> {
        Box::pin(look(call, target, hook))
    }

    fn remove<'a>(&'a self, call: Call<'a>, _: &'a str, hook: &'a Registered) -> BoxFuture<'a, Result<(), CallError>> {
        Box::pin(remove(call, hook))
    }

    fn missed(&self) -> Option<&dyn Missed> {
        None
    }
}

fn watch(call: Call<'_>) -> Result<Url, CallError> {
    join(&call.configured.endpoints.api, &["crm", "v8", "actions", "watch"])
}

/// A channel's id is a number that we choose, unique to the organization and the person. The same order has the same number,
/// and a number that passes through a floating point number on its way stays what it is.
fn channel_of(order_id: &str) -> String {
    let number = sha256(order_id).iter().take(6).fold(0, |number, byte| number << 8 | u64::from(*byte));
    number.max(1).to_string()
}

async fn register(call: Call<'_>, order: Order<'_>) -> Result<Registered, CallError> {
    let module = Module::named(order.target).ok_or(CallError::NotFound)?;
    let external_id = channel_of(order.id);
    let asked = object!({"watch": [{
        "channel_id": external_id,
        "events": [format!("{}.all", module.name)],
        "channel_expiry": (call.now + LIFE).to_rfc3339_opts(SecondsFormat::Secs, false),
        "token": order.secret.expose(),
        "notify_url": order.callback,
        // Said by default, of records that nobody touched.
        "notify_on_related_action": false,
        // Values are fetched with the token, where its permissions count.
        "return_affected_field_values": false,
    }]});
    let answer = api::ask(call, Method::POST, watch(call)?, None, Body::Json(asked)).await?;
    let opened = api::success(&answer)?;
    // The status says that something succeeded, and each channel for itself whether that was it.
    match word(&answer).as_deref() {
        Some("SUCCESS") => {}
        _ => return Err(CallError::Refused),
    }
    let expires_at = time(&opened, "/watch/0/details/events/0/channel_expiry").ok_or(CallError::Unreadable)?;
    Ok(Registered {
        external_id,
        resource: text(&opened, "/watch/0/details/events/0/resource_uri"),
        expires_at: Some(expires_at),
    })
}

/// What is said of the only channel that was asked about, or of the request.
fn word(answer: &Answer) -> Option<String> {
    let body = json(answer).ok()?;
    text(&body, "/watch/0/code").or_else(|| text(&body, "/code"))
}

fn is_unknown(answer: &Answer) -> bool {
    answer.status == StatusCode::NO_CONTENT || word(answer).as_deref() == Some("NOT_SUBSCRIBED")
}

async fn look(call: Call<'_>, target: &str, hook: &Registered) -> Result<Standing, CallError> {
    let mut url = watch(call)?;
    url.query_pairs_mut().append_pair("channel_id", &hook.external_id).append_pair("module", target);
    let answer = api::ask(call, Method::GET, url, None, Body::None).await?;
    if is_unknown(&answer) {
        return Ok(Standing::Missing);
    }
    let body = api::success(&answer)?;
    let found = body.get("watch").and_then(Value::as_array).into_iter().flatten();
    let ours = found.into_iter().find(|channel| text(channel, "/channel_id").as_ref() == Some(&hook.external_id));
    let end = |channel: &Value| -> Option<DateTime<Utc>> { time(channel, "/channel_expiry") };
    Ok(ours.map_or(Standing::Missing, |channel| Standing::Good { expires_at: end(channel) }))
}

async fn remove(call: Call<'_>, hook: &Registered) -> Result<(), CallError> {
    let mut url = watch(call)?;
    url.query_pairs_mut().append_pair("channel_ids", &hook.external_id);
    let answer = api::ask(call, Method::DELETE, url, None, Body::None).await?;
    if is_unknown(&answer) {
        return Ok(());
    }
    api::success(&answer)?;
    if word(&answer).is_none_or(|word| word == "SUCCESS") { Ok(()) } else { Err(CallError::Refused) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same order is the same channel, and no number is larger than what a double holds exactly.
    #[test]
    fn an_order_has_one_number() {
        let ids = ["0197b1f0c3a87d10a0b1c2d3e4f50617", "0197b1f0c3a87d10a0b1c2d3e4f50618", ""];
        let numbers = ids.map(channel_of);
        assert_eq!(numbers, ids.map(channel_of));
        assert_ne!(numbers[0], numbers[1]);
        for number in numbers {
            assert!((1..1 << 52).contains(&number.parse::<u64>().unwrap()), "{number}");
        }
    }
}
