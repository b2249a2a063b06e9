//! `api` asks each door what it refuses and answers; `stories` tells what users would tell. Real Postgres, the vendors
//! played by the sandbox over real HTTP, real signatures; no fake stands in the place of our own code.

mod api;
mod stories;
mod support;
