//! All SQL: plain async functions on a connection, one file per table family
