//! All vendors that people can sign in with.

use super::SignIn;
use crate::{github, google, jira, linear, slack, spotify};

/// One line a vendor.
pub static ALL: &[&SignIn] =
    &[&github::SIGN_IN, &google::SIGN_IN, &jira::SIGN_IN, &linear::SIGN_IN, &slack::SIGN_IN, &spotify::SIGN_IN];

/// The record, configured or not.
pub fn known(id: &str) -> Option<&'static SignIn> {
    ALL.iter().copied().find(|sign_in| sign_in.id == id)
}
