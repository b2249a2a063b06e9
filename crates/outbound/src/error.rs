//! Why a call did not bring an answer. None of these carries a body, a header or a query string.

use crate::PolicyError;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the address may not be called")]
    Policy(#[from] PolicyError),
    #[error("no answer came in time")]
    Timeout,
    /// Nothing was sent.
    #[error("no connection could be made")]
    Unreached,
    #[error("the connection failed")]
    Connection,
    #[error("the answer is larger than {limit} bytes")]
    TooLarge { limit: usize },
    #[error("the request could not be built")]
    Request,
}

impl Error {
    /// Strips what reqwest knows about the URL before it can reach a log.
    pub(crate) fn of(error: &reqwest::Error) -> Self {
        // Before the time-out: one of connecting is both, and the difference tells whether anything was sent.
        if error.is_connect() {
            Self::Unreached
        } else if error.is_timeout() {
            Self::Timeout
        } else if error.is_builder() {
            Self::Request
        } else {
            Self::Connection
        }
    }
}
