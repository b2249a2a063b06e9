//! The auth service, as far as this one needs it: its keys, and its time.

use super::{finding::Findings, ours::skew};
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, Method, header};
use identity::KeySet;
use kernel::Clock;
use outbound::{Client, HostPolicy};
use url::Url;

/// Anything larger is no key set.
const LARGEST: usize = 64 * 1024;
const ABOUT: &str = "auth";
const MEND: &str = "start the auth service, or mend AUTH_JWKS_URL";

pub async fn look(found: &mut Findings, client: &Client, clock: &Clock, url: &Url) {
    let Ok(policy) = HostPolicy::allow([url.as_str()]) else {
        return found.fault(ABOUT, "AUTH_JWKS_URL may not be called", MEND);
    };
    let asked = async {
        let request = client.request(&policy, Method::GET, url)?;
        client.send(request, LARGEST).await
    };
    let before = clock.now();
    let answer = match asked.await {
        Ok(answer) => answer,
        Err(error) => return found.fault(ABOUT, format!("its keys cannot be fetched: {error}"), MEND),
    };
    if !answer.status.is_success() {
        return found.fault(ABOUT, format!("its keys are not there: {}", answer.status), MEND);
    }
    match KeySet::parse(&answer.body) {
        Ok(_) => found.ok(ABOUT, "its keys are published and can be used"),
        Err(error) => return found.fault(ABOUT, format!("its keys cannot be used: {error}"), MEND),
    }
    if let Some(theirs) = date(&answer.headers) {
        skew(found, ABOUT, "the auth service's", theirs, before, unsure(before, clock.now()));
    }
}

/// A `Date` is cut off to seconds, and the way takes time too.
pub fn unsure(before: DateTime<Utc>, after: DateTime<Utc>) -> TimeDelta {
    TimeDelta::seconds(1) + (after - before)
}

pub fn date(headers: &HeaderMap) -> Option<DateTime<Utc>> {
    let text = headers.get(header::DATE)?.to_str().ok()?;
    DateTime::parse_from_rfc2822(text).ok().map(|date| date.to_utc())
}
