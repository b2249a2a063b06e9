//! Jira, behind the one account of all Atlassian products.

mod sign_in;

pub(crate) use sign_in::SIGN_IN;
