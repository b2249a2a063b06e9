//! The sandbox over real HTTP, as the connectors and a browser meet it.

mod consent;
mod control;
mod faults;
mod github_app;
mod github_oauth;
mod linear;
mod start;
mod support;
mod webhooks;
