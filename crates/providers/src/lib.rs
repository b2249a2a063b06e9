//! Vendors as data and the little code that differs; signature schemes; no database, no server
