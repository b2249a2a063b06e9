//! The agent runs for a person: a prompt, a model, the tools that the person has allowed, a transcript.

mod begin;
mod budget;
mod decide;
mod drive;
mod host;
mod look;
mod runs;
mod thread;

pub use begin::{Started, Wish, begin};
pub use budget::{Budget, WishedBudget};
pub use decide::{cancel, decide};
pub use host::Told;
pub use look::{Shown, look, page};
pub use runs::{Agent, Runs};

use super::tools::allow::AllowError;

/// A run that cannot begin, or a question about one that has no answer.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("no model is configured")]
    NotConfigured,
    #[error("the wish is not valid")]
    Invalid { pointer: &'static str, detail: String },
    #[error("no such run")]
    NotFound,
    #[error("no such thread")]
    NoSuchThread,
    #[error("the thread has a run that goes on")]
    ThreadBusy,
    #[error("the person has too many runs that go on")]
    TooMany,
    #[error("this process has no room for another run")]
    Full,
    #[error("no such question")]
    NoSuchApproval,
    #[error("it has been decided, or nobody waits for it")]
    Decided,
    #[error("the tools cannot be read")]
    Tools(#[from] AllowError),
    #[error("the database failed")]
    Database(#[from] db::Error),
}
