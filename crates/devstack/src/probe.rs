//! Short questions over the network: is there an answer, and which.

use anyhow::{Context, Result};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use std::{
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    path::Path,
    sync::Arc,
    time::Duration,
};

fn connect(port: u16) -> std::io::Result<TcpStream> {
    let stream =
        TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), Duration::from_millis(500))?;
    stream.set_read_timeout(Some(Duration::from_secs(3)))?;
    stream.set_write_timeout(Some(Duration::from_secs(3)))?;
    Ok(stream)
}

/// The status of `GET http://127.0.0.1:PORT/PATH`; `None` where nobody answers.
pub fn http(port: u16, path: &str) -> Option<u16> {
    get(connect(port).ok()?, path)
}

/// The status of `GET https://localhost:PORT/PATH`, with our authority checked as any client would.
pub fn https(port: u16, path: &str, authority: &Path) -> Result<Option<u16>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(authority).context("the development authority cannot be read")?)?;
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connection = ClientConnection::new(Arc::new(config), ServerName::try_from("localhost")?)?;
    Ok(connect(port).ok().and_then(|stream| get(StreamOwned::new(connection, stream), path)))
}

fn get(mut stream: impl Read + Write, path: &str) -> Option<u16> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut head = [0; 12];
    stream.read_exact(&mut head).ok()?;
    // Hanging up in the middle of an answer would stand as a fault in the other's log.
    let _ = std::io::copy(&mut stream.take(1024 * 1024), &mut std::io::sink());
    std::str::from_utf8(&head).ok()?.strip_prefix("HTTP/1.1 ")?.parse().ok()
}

/// Whether a Redis answers there; one that asks for its password first does.
pub fn redis(port: u16) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = connect(port)?;
        stream.write_all(b"PING\r\n")?;
        let mut first = [0; 7];
        stream.read_exact(&mut first)?;
        Ok(&first == b"-NOAUTH" || first.starts_with(b"+PONG"))
    };
    ask().unwrap_or(false)
}
