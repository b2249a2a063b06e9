//! The sandbox over real HTTP, as the connectors and a browser meet it.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as expected")]

mod anthropic;
mod app_key;
mod atlassian;
mod connect;
mod consent;
mod control;
mod faults;
mod generic;
mod github_app;
mod github_hooks;
mod github_oauth;
mod google;
mod hooks;
mod jira_hooks;
mod linear;
mod linear_hooks;
mod mail;
mod mcp;
mod receiver;
mod sign_in;
mod slack;
mod slack_webhooks;
mod spotify;
mod start;
mod support;
mod things;
mod webhooks;
mod zoho;
