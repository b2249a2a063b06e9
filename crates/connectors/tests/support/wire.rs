//! HTTP as it is on the wire, for what a client library would put right before sending it.

use super::{OPERATOR, Server};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use uuid::Uuid;

pub struct Wire(TcpStream);

impl Wire {
    /// Sends a request line's target as it stands, as an operator, with further header lines; the body is the caller's.
    pub async fn open(server: &Server, tenant: Uuid, method: &str, target: &str, headers: &str) -> Self {
        let address = server.url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = format!(
            "{method} {target} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {OPERATOR}\r\n\
             x-tenant-id: {tenant}\r\nconnection: close\r\n{headers}\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        Self(stream)
    }

    /// Whether the other side still listens.
    pub async fn write(&mut self, bytes: &[u8]) -> bool {
        self.0.write_all(bytes).await.is_ok()
    }

    /// Status line and headers.
    pub async fn head(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.0.read_u8().await.unwrap());
        }
        String::from_utf8(head).unwrap()
    }

    /// How many more bytes come before the end, kept nowhere.
    pub async fn count(&mut self) -> usize {
        let (mut buffer, mut count) = (vec![0; 64 * 1024], 0);
        loop {
            match self.0.read(&mut buffer).await {
                Ok(0) | Err(_) => return count,
                Ok(read) => count += read,
            }
        }
    }

    /// Everything, up to the end of the connection.
    pub async fn whole(mut self) -> String {
        let mut text = Vec::new();
        self.0.read_to_end(&mut text).await.unwrap();
        String::from_utf8_lossy(&text).into_owned()
    }
}

/// Status and code of an answer that is a problem.
#[track_caller]
pub fn problem_of(answer: &str) -> (u16, String) {
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    let body: Value = serde_json::from_str(body).unwrap_or_else(|_| panic!("no problem: {answer}"));
    (status, body["code"].as_str().unwrap_or_else(|| panic!("no code: {answer}")).to_owned())
}
