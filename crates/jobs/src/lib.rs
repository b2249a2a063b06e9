//! Background work on Postgres: enqueue in the caller's transaction, leases, retries, dead letters
