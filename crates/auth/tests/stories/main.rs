//! What people go through with the auth service, from the first request to the last mail, against a sandbox that plays the
//! mail server and the providers.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking")]

mod better_auth;
mod change_email;
#[path = "../support/clients.rs"]
#[expect(dead_code, reason = "the stories need less of a client than the tests of the routes")]
mod clients;
mod cookie_cache;
mod delete_user;
mod elsewhere;
mod import;
mod linked_tokens;
mod mail;
mod oauth_clients;
mod reset_password;
#[path = "../support/service.rs"]
#[expect(dead_code, reason = "the stories need less of a service than the tests of the routes")]
mod service;
mod sessions;
mod social_id_tokens;
mod social_links;
mod social_people;
mod social_returns;
mod steps;
mod upgrade;
mod verify_email;
#[path = "../support/world.rs"]
mod world;
