//! Every provider is asked the same questions. What one does not answer is said in sentences.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

mod authorize;
mod catalogue;
mod examples;
mod fixtures;
mod github;
mod github_hooks;
mod github_streams;
mod github_tags;
mod google;
mod jira;
mod jira_arrival;
mod jira_hooks;
mod jira_streams;
mod linear;
mod linear_hooks;
mod linear_streams;
mod pushes;
mod readings;
mod registrars;
mod render;
mod shapes;
mod signatures;
mod slack;
mod slack_streams;
mod slack_threads;
mod spotify;
mod streams;
mod vectors;
mod vendor_server;
mod wire;
mod zoho;
