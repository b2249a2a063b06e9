//! Signing in: the records, and every vendor's code against the sandbox over HTTP.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

mod bad_answers;
mod people;
mod records;
mod world;
