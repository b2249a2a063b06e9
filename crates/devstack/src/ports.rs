//! Which ports we get.

use anyhow::{Result, bail};
use std::{
    io::ErrorKind,
    net::{Ipv4Addr, TcpListener},
};

pub const AUTH: u16 = 5001;
pub const CONNECTORS: u16 = 5002;
pub const SANDBOX: u16 = 5003;
/// The sandbox's, for mail.
pub const SMTP: u16 = 5025;
pub const PROXY_OWN: u16 = 5080;
pub const POSTGRES: u16 = 5433;
pub const REDIS: u16 = 6380;
pub const AUTH_METRICS: u16 = 9501;
pub const CONNECTORS_METRICS: u16 = 9502;

/// Where the proxy listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Door {
    pub https: u16,
    pub http: u16,
}

impl Door {
    /// 443 and 80 where this process may bind them and nobody else has, else 8443 and 8080.
    pub fn choose() -> Result<Self> {
        let https = if try_bind(443).is_ok() { 443 } else { 8443 };
        let http = if try_bind(80).is_ok() { 80 } else { 8080 };
        for port in [https, http] {
            must_be_free(port, "Traefik")?;
        }
        Ok(Self { https, http })
    }

    pub fn url(self) -> String {
        if self.https == 443 { "https://localhost".to_owned() } else { format!("https://localhost:{}", self.https) }
    }
}

fn try_bind(port: u16) -> std::io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
}

/// For the ports that stand in the services' addresses.
pub fn must_be_free(port: u16, whose: &str) -> Result<()> {
    match try_bind(port) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AddrInUse => bail!(
            "port {port}, which {whose} needs, is in use by another program; see which one and stop it: ss -ltnp 'sport = :{port}'"
        ),
        Err(error) => bail!("port {port}, which {whose} needs, cannot be bound: {error}"),
    }
}

/// All fixed ports but the proxy's two.
pub fn ours_are_free() -> Result<()> {
    let ours = [
        (AUTH, "auth"),
        (CONNECTORS, "connectors"),
        (SANDBOX, "the sandbox"),
        (SMTP, "the sandbox"),
        (PROXY_OWN, "Traefik"),
        (AUTH_METRICS, "auth"),
        (CONNECTORS_METRICS, "connectors"),
    ];
    ours.into_iter().try_for_each(|(port, whose)| must_be_free(port, whose))
}

/// The wished port, or the next one that is free.
pub fn free_from(wished: u16) -> Result<u16> {
    match (wished..wished.saturating_add(100)).find(|port| try_bind(*port).is_ok()) {
        Some(port) => Ok(port),
        None => bail!("no port from {wished} on is free; see who has them: ss -ltnp"),
    }
}

/// Any free port.
pub fn any() -> Result<u16> {
    Ok(try_bind(0)?.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Somebody else's port is stepped over.
    #[test]
    fn a_taken_port_is_skipped() {
        let taken = try_bind(0).expect("a free port");
        let port = taken.local_addr().expect("its address").port();
        assert_ne!(free_from(port).expect("another port"), port);
    }

    /// The sentence names the port, whose it is, and the command.
    #[test]
    fn a_taken_port_is_named_with_the_command_that_mends_it() {
        let taken = try_bind(0).expect("a free port");
        let port = taken.local_addr().expect("its address").port();
        assert_eq!(
            must_be_free(port, "auth").expect_err("taken").to_string(),
            format!(
                "port {port}, which auth needs, is in use by another program; see which one and stop it: ss -ltnp 'sport = :{port}'"
            )
        );
    }
}
