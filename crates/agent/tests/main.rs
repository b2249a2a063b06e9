//! The room against the sandbox, over HTTP.

mod model;
