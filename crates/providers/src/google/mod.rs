//! Google: OpenID Connect.

mod sign_in;

pub(crate) use sign_in::SIGN_IN;
