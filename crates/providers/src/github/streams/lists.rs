//! Pages of GitHub's lists, and where the next one is. Its address is followed as it comes: some lists count their pages, others
//! hand out cursors.

use crate::{
    Call, CallError, StreamError,
    call::join,
    github::{
        api::{ask_unless, success},
        app::next_page,
        registrar::is_installation,
    },
};
use chrono::{DateTime, Utc};
use http::{
    HeaderMap, StatusCode,
    header::{DATE, ETAG},
};
use serde_json::Value;
use url::Url;

/// What a repository says that has nothing to list: it is empty, has no issues, or may not be shown in this country.
const NOTHING: [StatusCode; 3] = [StatusCode::CONFLICT, StatusCode::GONE, StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS];

/// GitHub's are seventy letters. A longer one is not worth its place in a cursor.
const LONGEST_TAG: usize = 200;

/// What a list is answered with.
pub(super) enum Answered {
    Page(Listed),
    /// There is nothing to list.
    Nothing,
    /// The page is the one whose tag was sent along.
    Unchanged {
        at: DateTime<Utc>,
    },
}

/// A page.
pub(super) struct Listed {
    pub entries: Vec<Value>,
    /// Where the next page is. `None`: this was the last.
    pub next: Option<String>,
    /// What it is asked for with again, at this very address and with what is in it alone: what comes to be on the next page may
    /// leave this one as it is.
    pub tag: Option<String>,
    /// When it was asked for, by GitHub's clock or ours, whichever is behind.
    pub at: DateTime<Utc>,
}

/// `tag`: of the last answer at this address. Only who knows what that was may send it along.
pub(super) async fn list(call: Call<'_>, url: Url, tag: Option<&str>) -> Result<Answered, CallError> {
    let answer = ask_unless(call, url, tag).await?;
    let at = asked_at(&answer.headers, call.now);
    if tag.is_some() && answer.status == StatusCode::NOT_MODIFIED {
        return Ok(Answered::Unchanged { at });
    }
    if NOTHING.contains(&answer.status) {
        return Ok(Answered::Nothing);
    }
    let entries = match success(&answer, call.now)? {
        Value::Array(entries) => entries,
        // An installation's repositories are wrapped.
        Value::Object(mut members) => match members.remove("repositories") {
            Some(Value::Array(entries)) => entries,
            _ => return Err(CallError::Unreadable),
        },
        _ => return Err(CallError::Unreadable),
    };
    let next = match next_page(&answer.headers) {
        Some(next) if !is_ours(call, &next) => return Err(CallError::Unreadable),
        next => next.map(String::from),
    };
    let tag = answer.headers.get(ETAG).and_then(|tag| tag.to_str().ok()).filter(|tag| tag.len() <= LONGEST_TAG);
    Ok(Answered::Page(Listed { entries, next, tag: tag.map(str::to_owned), at }))
}

/// Where the repositories are: all that the token reaches, the oldest first where the order can be chosen.
pub(super) fn repositories(call: Call<'_>, batch: u16) -> Result<Url, CallError> {
    Ok(if is_installation(call) {
        let mut url = join(&call.configured.endpoints.api, &["installation", "repositories"])?;
        url.query_pairs_mut().append_pair("per_page", &batch.to_string());
        url
    } else {
        let mut url = join(&call.configured.endpoints.api, &["user", "repos"])?;
        let query = [("sort", "created"), ("direction", "asc"), ("per_page", &batch.to_string())];
        url.query_pairs_mut().extend_pairs(query);
        url
    })
}

/// An address that a cursor remembers. One that is elsewhere was written when GitHub was another one.
pub(super) fn remembered(call: Call<'_>, at: &str) -> Result<Url, StreamError> {
    let url: Option<Url> = at.parse().ok();
    url.filter(|url| is_ours(call, url)).ok_or(StreamError::CursorExpired)
}

fn is_ours(call: Call<'_>, url: &Url) -> bool {
    let api = &call.configured.endpoints.api;
    url.origin() == api.origin() && url.path().starts_with(api.path())
}

fn asked_at(headers: &HeaderMap, now: DateTime<Utc>) -> DateTime<Utc> {
    let date = || DateTime::parse_from_rfc2822(headers.get(DATE)?.to_str().ok()?).ok();
    date().map_or(now, |date| date.to_utc().min(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A clock of ours that is ahead would leave a gap between two passes.
    #[test]
    fn the_clock_that_is_behind_counts() {
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let at = |date: &'static str| asked_at(&HeaderMap::from_iter([(DATE, date.parse().unwrap())]), now).timestamp();
        assert_eq!(at("Tue, 14 Nov 2023 22:13:10 GMT"), 1_699_999_990);
        assert_eq!(at("Tue, 14 Nov 2023 22:13:50 GMT"), 1_700_000_000);
        assert_eq!(at("yesterday"), 1_700_000_000);
        assert_eq!(asked_at(&HeaderMap::new(), now), now);
    }
}
