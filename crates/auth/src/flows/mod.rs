//! The stories: one file each, readable as its steps.

pub mod session;
pub mod sign_in;
pub mod sign_out;
pub mod sign_up;
pub mod token;
