//! A request for consent that is not even shown.

use super::Callback;
use crate::page;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};

pub(crate) enum Refusal {
    /// Said to the person here, because the way back cannot be trusted.
    Page(StatusCode, &'static str, String),
    /// Said to the app: client and callback are right, something else is not.
    Redirect(Callback, &'static str, String),
}

impl Refusal {
    pub(crate) fn page(title: &'static str, sentence: &str) -> Self {
        Self::Page(StatusCode::BAD_REQUEST, title, sentence.to_owned())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Page(status, title, sentence) => page::refusal(status, title, &sentence),
            Self::Redirect(callback, error, description) => callback.fail(error, &description),
        }
    }
}
