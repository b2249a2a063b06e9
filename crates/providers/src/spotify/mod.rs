//! Spotify: OAuth 2.

mod sign_in;

pub(crate) use sign_in::SIGN_IN;
