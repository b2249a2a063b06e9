//! What an operator types, beside `serve` and `migrate`.

pub mod audit;
pub mod doctor;
pub mod health;
pub mod mcp_probe;
pub mod rotate_keys;
pub mod tokens;
