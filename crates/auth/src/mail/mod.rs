//! Mail: what a letter says, and how it leaves.

mod letter;
mod mailer;
mod words;

pub use letter::Letter;
pub use mailer::{MailSetupError, Mailer};
pub use words::Mail;
