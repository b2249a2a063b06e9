//! Hooks that we registered with vendors: what the door needs of one, their rows, who looks after them, and what their vendors
//! could not deliver.

mod catch_up;
mod door;
mod rows;
mod upkeep;

pub use catch_up::{
    AppHook, MissedHook, app_caught_up, app_failed, app_is_due, beat, caught_up, claim_apps,
    claim_missed_for_any_tenant, everything_is_due_for_any_tenant, forget_apps_for_any_tenant, know_app,
};
pub use door::{AtDoor, at_door_for_any_tenant};
pub use rows::{
    Extended, Hook, New, Registered, Shown, State, delivered, extended, failed, forget, forget_all,
    is_elsewhere_for_any_tenant, of_connection, open, registered, retire, shown, still_good,
};
pub use upkeep::{Claimed, Next, ask, claim_for_any_tenant, finish, forget_upkeep, hold, trouble};
