//! The browser's cookie: a random value that binds a flow to the browser that started it.

use crate::{App, flows::connect::BrowserHash};
use axum::response::{IntoResponse, Response};
use http::{
    HeaderMap, HeaderValue,
    header::{COOKIE, SET_COOKIE},
};
use kernel::{sha256, token};

/// `__Host-`: only we, over TLS, for the whole host (RFC 6265bis). Plain HTTP in development cannot have the prefix.
const SECURE_NAME: &str = "__Host-connectors-browser";
const PLAIN_NAME: &str = "connectors-browser";
/// Seconds; longer than a flow, shorter than a memory.
const AGE: u32 = 3600;

/// A browser, and whether it has to be told who it is.
pub struct Browser {
    pub hash: BrowserHash,
    set_cookie: Option<HeaderValue>,
}

impl Browser {
    /// The one that sent these headers, if it has been here.
    pub fn known(app: &App, headers: &HeaderMap) -> Option<BrowserHash> {
        let wanted = name(app);
        let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        // Our values are 43 characters; anything else was not set by us.
        pairs.find(|(name, value)| *name == wanted && value.len() == 43).map(|(_, value)| sha256(value))
    }

    /// The one that sent these headers, or a new one.
    pub fn identify(app: &App, headers: &HeaderMap) -> Self {
        if let Some(hash) = Self::known(app, headers) {
            return Self { hash, set_cookie: None };
        }
        let value = token();
        let secure = if app.config.urls.is_https() { "; Secure" } else { "" };
        let cookie = format!("{}={value}; Max-Age={AGE}; Path=/; HttpOnly{secure}; SameSite=Lax", name(app));
        Self { hash: sha256(&value), set_cookie: HeaderValue::from_str(&cookie).ok() }
    }

    /// The answer, with the cookie if the browser is new.
    pub fn answer(self, response: impl IntoResponse) -> Response {
        let mut response = response.into_response();
        if let Some(cookie) = self.set_cookie {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        response
    }
}

fn name(app: &App) -> &'static str {
    if app.config.urls.is_https() { SECURE_NAME } else { PLAIN_NAME }
}
