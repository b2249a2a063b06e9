//! What an operator types, beside `serve` and `migrate`.

pub mod rotate_keys;
pub mod tokens;
