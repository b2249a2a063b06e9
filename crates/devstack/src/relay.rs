//! A port behind which the server can be changed: what a name or a pooler is in production when a database fails over.

use anyhow::Result;
use std::{
    io,
    net::{Ipv4Addr, Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU16, Ordering},
    },
    thread,
};

/// Carries connections for as long as the process lives.
pub struct Relay {
    pub port: u16,
    target: Arc<AtomicU16>,
    /// Both ends of what is carried.
    carried: Arc<Mutex<Vec<TcpStream>>>,
}

impl Relay {
    pub fn to(target: u16) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let relay = Self {
            port: listener.local_addr()?.port(),
            target: Arc::new(AtomicU16::new(target)),
            carried: Arc::default(),
        };
        let (target, carried) = (Arc::clone(&relay.target), Arc::clone(&relay.carried));
        thread::spawn(move || {
            for near in listener.incoming().flatten() {
                // Nobody there: the near end is closed, as a refused connection would be.
                let Ok(far) = TcpStream::connect((Ipv4Addr::LOCALHOST, target.load(Ordering::Acquire))) else {
                    continue;
                };
                let ends = [near.try_clone(), far.try_clone()].into_iter().flatten();
                carried.lock().unwrap_or_else(PoisonError::into_inner).extend(ends);
                carry(near, far);
            }
        });
        Ok(relay)
    }

    /// From here on new connections lead there; those that are open are cut.
    pub fn turn_to(&self, target: u16) {
        self.target.store(target, Ordering::Release);
        for end in self.carried.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            let _closed_already = end.shutdown(Shutdown::Both);
        }
    }
}

fn carry(near: TcpStream, far: TcpStream) {
    let (Ok(back), Ok(forth)) = (near.try_clone(), far.try_clone()) else { return };
    for (mut from, mut to) in [(near, forth), (far, back)] {
        thread::spawn(move || {
            let _broken_off = io::copy(&mut from, &mut to);
            let _closed_already = to.shutdown(Shutdown::Both);
        });
    }
}
