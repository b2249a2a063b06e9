//! The way back to the app.

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use url::Url;

/// A registered callback and the state to bring along.
#[derive(Clone)]
pub(crate) struct Callback {
    pub(crate) redirect_uri: String,
    pub(crate) state: Option<String>,
}

impl Callback {
    pub(crate) fn go(&self, parameters: &[(&'static str, String)]) -> Response {
        let Ok(mut target) = Url::parse(&self.redirect_uri) else {
            // A callback that is registered but is no address: a fault of the sandbox's own configuration.
            return (StatusCode::INTERNAL_SERVER_ERROR, "the registered callback is not an address").into_response();
        };
        {
            let mut query = target.query_pairs_mut();
            query.extend_pairs(parameters);
            if let Some(state) = &self.state {
                query.append_pair("state", state);
            }
        }
        found(target.as_str())
    }

    pub(crate) fn fail(&self, error: &'static str, description: &str) -> Response {
        self.go(&[("error", error.to_owned()), ("error_description", description.to_owned())])
    }
}

/// 302, as both vendors redirect. Neither the code in the address nor the page before it may be cached or passed on.
pub(crate) fn found(target: &str) -> Response {
    let headers =
        [(header::LOCATION, target), (header::CACHE_CONTROL, "no-store"), (header::REFERRER_POLICY, "no-referrer")];
    (StatusCode::FOUND, headers).into_response()
}
