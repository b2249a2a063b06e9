//! What users would tell.

mod connect;
