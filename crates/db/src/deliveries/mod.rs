//! Deliveries: stored before they are answered, and claimed by workers from a queue beside them.

mod end;
mod look;
mod queue;
mod refused;
mod store;

pub use end::{Ended, Outcome, finish, give_up};
pub(crate) use look::STATE;
pub use look::{Event, EventFilter, EventState, body, find_event, page, replay, replayable, signals_of};
pub use queue::{Claimed, Order, Waiting, claim, waiting, written};
pub use refused::{Refusal, count_refusals, refusals, sweep_refusals};
pub use store::{Holder, Key, NewDelivery, Stored, store};
