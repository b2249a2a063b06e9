//! Connecting an account: to the vendor and back.

mod claim;
mod error;
mod finish;
mod installation;
mod paste;
mod save;
mod start;
mod wish;

pub use claim::{claim, claim_installation};
pub use error::ConnectError;
pub use finish::{Callback, Finished, finish};
pub use installation::has_installations;
pub use paste::{Credentials, paste};
pub use save::open_pending;
pub use start::{Starter, Wish, begin, open, usable};
pub use wish::readable;

use chrono::TimeDelta;

/// How long a start, a state, and a link code live.
const LIFE: TimeDelta = TimeDelta::minutes(10);

/// Who stands behind a browser: the digest of its cookie.
pub type BrowserHash = [u8; 32];
