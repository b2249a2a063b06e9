//! A whole service on a port of its own, the vendors beside it, and everybody who calls.

mod answer;
mod client;
mod data;
mod keys;
mod logs;
mod own_file;
mod people;
mod process;
pub mod promise;
mod receiver;
mod server;
mod signals;
mod stream;
mod vendors;
mod wire;

pub use answer::{Answer, path_of};
pub use client::Client;
pub use data::{Deliveries, octokit_examples};
pub use logs::Logs;
pub use own_file::OwnFile;
pub use people::{AUDIENCE, ISSUER, People};
pub use process::Process;
pub use receiver::{Prescribed, Received, Receiver};
pub use server::{OPERATOR, OTHER_OPERATOR, Server, environment};
pub use signals::{signal, write_signals};
pub use stream::{Stream, Told};
pub use vendors::{
    JIRA_WEBHOOK_SECRET, LINEAR_WEBHOOK_SECRET, OWN_CLIENT_ID, OWN_CLIENT_SECRET, PLAIN, Sandbox, github_signature,
    linear_body, linear_signature,
};
pub use wire::{Wire, problem_of};
