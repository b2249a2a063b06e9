//! Every provider is asked the same questions. What one does not answer is said in sentences.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

mod authorize;
mod catalogue;
mod examples;
mod fixtures;
mod github;
mod github_hooks;
mod linear;
mod readings;
mod render;
mod signatures;
mod slack;
mod vectors;
