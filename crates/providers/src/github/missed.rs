//! Deliveries that GitHub tried in vain: it never tries again by itself, and remembers them for three days.

use super::{
    api::{ask, refusal, success},
    app, jwt, registrar,
};
use crate::{
    Call, CallError, Configured, Registered,
    call::{Authorization, Body, join},
};
use chrono::{DateTime, Utc};
use http::Method;
use kernel::Secret;
use outbound::Answer;
use serde::Deserialize;
use std::collections::BTreeMap;
use url::Url;

/// Pages of a hundred deliveries, the newest first. What is older waits for a quieter hour, or is fetched by the streams.
const MOST_PAGES: usize = 50;
/// New attempts that one call asks for; the others are asked for by the next.
const MOST_REDELIVERIES: usize = 200;
/// What failed this often fails for a reason that another attempt does not mend.
const MOST_ATTEMPTS: usize = 10;

/// One attempt of a delivery. All attempts of a delivery have one `guid`.
#[derive(Deserialize)]
struct Attempt {
    id: u64,
    guid: String,
    delivered_at: DateTime<Utc>,
    status: String,
}

/// Where deliveries are listed, and whose token may ask.
struct List<'a> {
    configured: &'a Configured,
    client: &'a outbound::Client,
    token: &'a Secret,
    deliveries: Url,
    now: DateTime<Utc>,
}

pub(super) async fn of_app(
    configured: &Configured,
    client: &outbound::Client,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<usize, CallError> {
    let Some(settings) = &configured.settings.app else { return Ok(0) };
    let jwt = jwt::sign(settings, now)?;
    let deliveries = join(&configured.endpoints.api, &["app", "hook", "deliveries"])?;
    let list = List { configured, client, token: &jwt, deliveries, now };
    redeliver(&list, since).await.map_err(app::of_app)
}

pub(super) async fn of_hook(
    call: Call<'_>,
    target: &str,
    hook: &Registered,
    since: DateTime<Utc>,
) -> Result<usize, CallError> {
    let deliveries = registrar::path(call, target, &[registrar::number(hook)?, "deliveries"])?;
    let Call { configured, client, token, now } = call;
    redeliver(&List { configured, client, token, deliveries, now }, since).await
}

async fn redeliver(list: &List<'_>, since: DateTime<Utc>) -> Result<usize, CallError> {
    let mut asked = 0;
    for id in failed(&attempts(list, since).await?).into_iter().take(MOST_REDELIVERIES) {
        let url = join(&list.deliveries, &[&id.to_string(), "attempts"])?;
        let answer = list.send(Method::POST, url).await?;
        if answer.status.is_success() {
            asked += 1;
            continue;
        }
        match refusal(&answer, list.now) {
            // GitHub has forgotten it, or does not repeat this one.
            CallError::NotFound | CallError::Refused => {}
            error => return Err(error),
        }
    }
    Ok(asked)
}

/// Every attempt from `since` on, the newest first.
async fn attempts(list: &List<'_>, since: DateTime<Utc>) -> Result<Vec<Attempt>, CallError> {
    let mut url = list.deliveries.clone();
    // All of them, and not only the failed ones: one that has arrived since must be seen.
    url.query_pairs_mut().append_pair("per_page", "100");
    let mut found = Vec::new();
    for _ in 0..MOST_PAGES {
        let answer = list.send(Method::GET, url).await?;
        let page = success(&answer, list.now)?;
        let page: Vec<Attempt> = serde_json::from_value(page).map_err(|_| CallError::Unreadable)?;
        let is_last = page.last().is_none_or(|oldest| oldest.delivered_at < since);
        found.extend(page.into_iter().filter(|attempt| attempt.delivered_at >= since));
        match app::next_page(&answer.headers) {
            Some(next) if !is_last => url = next,
            _ => break,
        }
    }
    Ok(found)
}

/// The last attempt of each delivery that has not arrived, the oldest first.
fn failed(attempts: &[Attempt]) -> Vec<u64> {
    let mut deliveries: BTreeMap<&str, Vec<&Attempt>> = BTreeMap::new();
    for attempt in attempts {
        deliveries.entry(&attempt.guid).or_default().push(attempt);
    }
    let has_failed = |attempts: &&Vec<&Attempt>| {
        attempts.len() < MOST_ATTEMPTS && attempts.iter().all(|attempt| attempt.status != "OK")
    };
    let failed = deliveries.values().filter(has_failed);
    let mut last: Vec<&Attempt> =
        failed.filter_map(|attempts| attempts.iter().max_by_key(|attempt| attempt.delivered_at).copied()).collect();
    last.sort_by_key(|attempt| (attempt.delivered_at, attempt.id));
    last.into_iter().map(|attempt| attempt.id).collect()
}

impl List<'_> {
    async fn send(&self, method: Method, url: Url) -> Result<Answer, CallError> {
        let bearer = Authorization::Bearer(self.token);
        ask(self.configured, self.client, (method, url), bearer, Body::None, self.now).await
    }
}
