//! What stands at the head of answers, whatever becomes of their bodies: vendors say there how much more may be asked of them.

use http::{HeaderMap, StatusCode};
use std::sync::{Arc, Mutex, PoisonError};
use url::Url;

/// The head of an answer.
#[derive(Debug, Clone)]
pub struct Head {
    /// Of the request, without its query.
    pub path: String,
    pub status: StatusCode,
    pub headers: HeaderMap,
}

/// Hears the last answer of a client that was given it; see [`crate::Client::heard_by`].
#[derive(Debug, Clone, Default)]
pub struct Ear(Arc<Mutex<Option<Head>>>);

impl Ear {
    pub(crate) fn hear(&self, url: &Url, status: StatusCode, headers: &HeaderMap) {
        let head = Head { path: url.path().to_owned(), status, headers: headers.clone() };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(head);
    }

    /// The last answer's head since this was asked before.
    pub fn take(&self) -> Option<Head> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
