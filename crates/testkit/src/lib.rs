//! Builders and per-test databases; only ever a dev-dependency
