//! The headers with which answers sign a browser in or out.

use crate::{app::App, cookies::Lifetime};
use http::{HeaderMap, HeaderName, HeaderValue, header};

const SET_AUTH_TOKEN: HeaderName = HeaderName::from_static("set-auth-token");
const SET_AUTH_JWT: HeaderName = HeaderName::from_static("set-auth-jwt");

/// Headers in the making.
#[derive(Default)]
pub struct Answer {
    headers: HeaderMap,
    exposed: Vec<&'static str>,
}

impl Answer {
    /// Gives the session to the browser as a cookie, and to programs as a header.
    pub fn sign_in(&mut self, app: &App, token: &str, lifetime: Lifetime) {
        app.cookies.sign_in(&mut self.headers, token, lifetime);
        self.expose(SET_AUTH_TOKEN, &app.cookies.signed(token), "set-auth-token");
    }

    pub fn sign_out(&mut self, app: &App) {
        app.cookies.sign_out(&mut self.headers);
    }

    /// Saves the client a round trip to `/token`.
    pub fn jwt(&mut self, jwt: &str) {
        self.expose(SET_AUTH_JWT, jwt, "set-auth-jwt");
    }

    /// What holds a session or a token must not be kept by any cache.
    pub fn not_stored(&mut self) {
        self.headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        self.headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    }

    pub fn location(&mut self, url: &str) {
        // A callback URL that passed the checks has no control characters, so this holds for all but exotic ones.
        if let Ok(url) = HeaderValue::from_str(url) {
            self.headers.insert(header::LOCATION, url);
        }
    }

    pub fn finish(mut self) -> HeaderMap {
        if !self.exposed.is_empty()
            && let Ok(names) = HeaderValue::from_str(&self.exposed.join(", "))
        {
            self.headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, names);
        }
        self.headers
    }

    fn expose(&mut self, name: HeaderName, value: &str, exposed: &'static str) {
        // Signed tokens and JWTs are base64 and dots.
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
            self.exposed.push(exposed);
        }
    }
}
