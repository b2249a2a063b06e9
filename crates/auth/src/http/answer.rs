//! What an answer carries beside its body: cookies, tokens in headers, and what scripts may read of them. It is filled
//! while the request is worked on, so that a session that was renewed on the way reaches the browser whatever the answer.

use crate::{app::App, cookies::Lifetime, flows::session::SignedIn};
use axum::{
    extract::{FromRequestParts, Request},
    response::Response,
};
use edge::{Around, Next};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts};
use std::{
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
};

const SET_AUTH_TOKEN: HeaderName = HeaderName::from_static("set-auth-token");
const SET_AUTH_JWT: HeaderName = HeaderName::from_static("set-auth-jwt");

/// Headers in the making, one set for each request. Clones share them.
#[derive(Clone, Default)]
pub struct Answer(Arc<Mutex<HeaderMap>>);

/// Gives every request its own, and writes it onto whatever the answer is.
#[derive(Clone)]
pub struct WithAnswer;

impl Around for WithAnswer {
    async fn handle(self, mut request: Request, next: impl Next) -> Response {
        let answer = Answer::default();
        request.extensions_mut().insert(answer.clone());
        let mut response = next.run(request).await;
        answer.write(response.headers_mut());
        response
    }
}

/// The same for pages: no script of ours reads an answer there, so a session reaches the browser as a cookie and nothing else.
#[derive(Clone)]
pub struct WithCookies;

impl Around for WithCookies {
    async fn handle(self, request: Request, next: impl Next) -> Response {
        let mut response = WithAnswer.handle(request, next).await;
        for name in [SET_AUTH_TOKEN, SET_AUTH_JWT, header::ACCESS_CONTROL_EXPOSE_HEADERS] {
            response.headers_mut().remove(name);
        }
        response
    }
}

impl<S: Sync> FromRequestParts<S> for Answer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts))
    }
}

impl Answer {
    /// The one of this request.
    pub fn of(parts: &Parts) -> Self {
        parts.extensions.get::<Self>().cloned().unwrap_or_default()
    }

    /// Gives the session to the browser as a cookie, and to programs as a header.
    pub fn sign_in(&self, app: &App, signed_in: &SignedIn) {
        let lifetime = Lifetime::of(&signed_in.session);
        self.cookies(|headers| app.cookies.sign_in(headers, &signed_in.token, lifetime));
        self.cache(app, signed_in);
        self.set(SET_AUTH_TOKEN, &app.cookies.signed(&signed_in.token));
    }

    /// Gives the browser its own copy of the session, where the operator wants that.
    pub fn cache(&self, app: &App, signed_in: &SignedIn) {
        if app.policy.cookie_cache.num_seconds() > 0 {
            self.cookies(|headers| app.cookies.cache(headers, signed_in, app.policy.cookie_cache, app.clock.now()));
        }
    }

    pub fn sign_out(&self, app: &App) {
        self.cookies(|headers| app.cookies.sign_out(headers));
    }

    /// Binds a social sign-in to this browser.
    pub fn set_state(&self, app: &App, state: &str) {
        self.cookies(|headers| app.cookies.set_state(headers, state));
    }

    pub fn forget_state(&self, app: &App) {
        self.cookies(|headers| app.cookies.forget_state(headers));
    }

    /// Saves the client a round trip to `/token`.
    pub fn jwt(&self, jwt: &str) {
        self.set(SET_AUTH_JWT, jwt);
    }

    /// What holds a session or a token must not be kept by any cache.
    pub fn not_stored(&self) {
        self.set(header::CACHE_CONTROL, "no-store");
        self.set(header::PRAGMA, "no-cache");
    }

    pub fn location(&self, url: &str) {
        self.set(header::LOCATION, url);
    }

    /// 302 to `url`.
    pub fn found(&self, url: &str) -> StatusCode {
        self.location(url);
        StatusCode::FOUND
    }

    fn set(&self, name: HeaderName, value: &str) {
        // Tokens are base64 and dots, and URLs passed the checks, so this fails for nothing but an exotic URL.
        if let Ok(value) = HeaderValue::from_str(value) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name, value);
        }
    }

    /// Adds cookies; one of the same name that was added before is replaced.
    fn cookies(&self, write: impl FnOnce(&mut HeaderMap)) {
        let mut written = HeaderMap::new();
        write(&mut written);
        let mut headers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let name = |cookie: &HeaderValue| cookie.as_bytes().split(|byte| *byte == b'=').next().map(<[u8]>::to_vec);
        let new: Vec<HeaderValue> = written.get_all(header::SET_COOKIE).iter().cloned().collect();
        let kept: Vec<HeaderValue> = headers
            .get_all(header::SET_COOKIE)
            .iter()
            .filter(|old| new.iter().all(|new| name(new) != name(old)))
            .cloned()
            .collect();
        headers.remove(header::SET_COOKIE);
        for cookie in kept.into_iter().chain(new) {
            headers.append(header::SET_COOKIE, cookie);
        }
    }

    fn write(&self, headers: &mut HeaderMap) {
        let mine = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let ours = [SET_AUTH_JWT, SET_AUTH_TOKEN];
        let exposed: Vec<&str> = ours.iter().filter(|name| mine.contains_key(*name)).map(HeaderName::as_str).collect();
        if let Ok(names) = HeaderValue::from_str(&exposed.join(", "))
            && !exposed.is_empty()
        {
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, names);
        }
        for (name, value) in &mine {
            headers.append(name, value.clone());
        }
    }
}
