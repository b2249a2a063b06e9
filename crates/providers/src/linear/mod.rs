//! Linear.
