//! Child processes that can be found again and that do not outlive their parent.

mod group;
mod oneshot;
mod record;
mod running;

pub use group::{Signal, signal_family, signal_group, signal_one};
pub use oneshot::{quietly, run};
pub use record::{Record, sweep};
pub use running::{Running, Spec, mortal};
