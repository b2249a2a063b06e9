//! Slack: OpenID Connect.

mod sign_in;
mod tokens;

pub(crate) use sign_in::SIGN_IN;
