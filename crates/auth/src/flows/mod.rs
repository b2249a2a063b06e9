//! The stories: one file each, readable as its steps.

pub mod accounts;
pub mod change_email;
pub mod delete_user;
pub mod export_user;
pub mod linked_tokens;
pub mod mail;
pub mod oauth2;
pub mod own_password;
pub mod reset_password;
pub mod session;
pub mod sessions;
pub mod sign_in;
pub mod sign_out;
pub mod sign_up;
pub mod social;
pub mod token;
pub mod update_user;
pub mod verify_email;
