//! What was asked, for tests that have to know what was sent and what was not. Of credentials only where they stood and
//! whether they were right.

use axum::http::{HeaderMap, StatusCode, header, request::Parts};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// More is no test's.
const MOST: usize = 200;
/// A longer body is counted and not kept.
const LONGEST: usize = 1024 * 1024;
/// What may hold a credential of somebody.
const HIDDEN: [&str; 4] = ["authorization", "x-api-key", "cookie", "proxy-authorization"];

struct Record {
    number: u64,
    method: String,
    path: String,
    headers: BTreeMap<String, Vec<String>>,
    credential: Value,
    body: Option<Vec<u8>>,
    body_bytes: usize,
    /// `None` until it is answered.
    answered: Option<(StatusCode, Option<String>)>,
}

#[derive(Default)]
struct Records {
    next: u64,
    kept: VecDeque<Record>,
}

#[derive(Default)]
pub(crate) struct Recorder(Mutex<Records>);

fn shown(headers: &HeaderMap) -> BTreeMap<String, Vec<String>> {
    let mut told: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in headers.iter().filter(|(name, _)| !HIDDEN.contains(&name.as_str())) {
        told.entry(name.to_string()).or_default().push(String::from_utf8_lossy(value.as_bytes()).into_owned());
    }
    told
}

impl Recorder {
    fn lock(&self) -> MutexGuard<'_, Records> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Its number, under which the answer is noted.
    pub(crate) fn note(&self, parts: &Parts, body: &[u8], credential: Value) -> u64 {
        let mut records = self.lock();
        let number = records.next;
        records.next += 1;
        if records.kept.len() >= MOST {
            records.kept.pop_front();
        }
        records.kept.push_back(Record {
            number,
            method: parts.method.to_string(),
            path: parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
            headers: shown(&parts.headers),
            credential,
            body: (body.len() <= LONGEST).then(|| body.to_vec()),
            body_bytes: body.len(),
            answered: None,
        });
        number
    }

    pub(crate) fn answered(&self, number: u64, status: StatusCode, headers: &HeaderMap) {
        let mut records = self.lock();
        if let Some(record) = records.kept.iter_mut().find(|record| record.number == number) {
            let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).map(ToOwned::to_owned);
            record.answered = Some((status, kind));
        }
    }

    /// The oldest first. A body that is no JSON is told as text.
    pub(crate) fn told(&self) -> Value {
        let told = |record: &Record| {
            let text = |body: &Vec<u8>| json!(String::from_utf8_lossy(body));
            let body = record.body.as_ref().map(|body| serde_json::from_slice(body).unwrap_or_else(|_| text(body)));
            json!({
                "number": record.number, "method": record.method, "path": record.path, "headers": record.headers,
                "credential": record.credential, "body": body, "body_bytes": record.body_bytes,
                "status": record.answered.as_ref().map(|(status, _)| status.as_u16()),
                "answered_as": record.answered.as_ref().and_then(|(_, kind)| kind.clone()),
            })
        };
        self.lock().kept.iter().map(told).collect()
    }

    pub(crate) fn clear(&self) {
        self.lock().kept.clear();
    }
}
