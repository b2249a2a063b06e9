//! Ports for programs that have to be told one before they listen.

use std::{
    net::{Ipv4Addr, TcpListener},
    sync::atomic::{AtomicU32, Ordering},
};

/// Below those that a connection to somebody else gets by chance, and above what servers are known by.
const FIRST: u16 = 10_000;
const COUNT: u32 = 20_000;
/// As many as a test wants, and some. The tests that run at the same time are processes with ids close to each other.
const EACH: u32 = 16;

/// A port of this machine that nobody listens on, and that nobody else is given.
pub fn free_port() -> u16 {
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    loop {
        let number = std::process::id().wrapping_mul(EACH).wrapping_add(GIVEN.fetch_add(1, Ordering::Relaxed)) % COUNT;
        let port = u16::try_from(number).map_or(FIRST, |number| FIRST + number);
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}
