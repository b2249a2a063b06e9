//! Lines in, answers out, each with a bound on its size and on its time.

use std::{io, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

/// RFC 5321 4.5.3.1.4 and .6 ask for 512 and 1000; extensions add to the first, and many mailers exceed the second.
const LONGEST_LINE: u64 = 8 * 1024;
/// A mail as it comes, with its headers.
pub(super) const LARGEST_MAIL: usize = 256 * 1024;
/// How long the other side may think.
const IDLE: Duration = Duration::from_secs(30);

pub(super) struct Wire(BufReader<TcpStream>);

/// Why there is no mail although it was announced.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum BadMail {
    TooLarge,
    /// A line ends without its carriage return. Two servers in a row may see two different ends of such a mail.
    BareLineFeed,
}

impl Wire {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self(BufReader::new(stream))
    }

    /// In one write: two small ones would wait for each other's acknowledgement (Nagle), 40 ms a line.
    pub(super) async fn say(&mut self, answer: &str) -> io::Result<()> {
        tokio::time::timeout(IDLE, self.0.write_all(format!("{answer}\r\n").as_bytes())).await?
    }

    /// A line with its end. An error: the connection or the other side's time is over, or the line has no end.
    pub(super) async fn line(&mut self) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        let mut limited = (&mut self.0).take(LONGEST_LINE);
        tokio::time::timeout(IDLE, limited.read_until(b'\n', &mut line)).await??;
        if line.ends_with(b"\n") { Ok(line) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    /// The lines up to the one with nothing but a dot, dots unstuffed (RFC 5321 4.5.2). A mail that is refused is read to
    /// its end all the same, within reason, because the answer has to come after it.
    pub(super) async fn mail(&mut self) -> io::Result<Result<Vec<u8>, BadMail>> {
        let mut mail = Vec::new();
        let mut bad = None;
        let mut size = 0;
        let mut after_an_end = true;
        loop {
            let line = self.line().await?;
            let ended = line.ends_with(b"\r\n");
            if after_an_end && line == b".\r\n" {
                return Ok(bad.map_or(Ok(mail), Err));
            }
            if !ended {
                bad = bad.or(Some(BadMail::BareLineFeed));
            }
            size += line.len();
            if size > LARGEST_MAIL {
                bad = Some(BadMail::TooLarge);
                mail.clear();
            }
            if size > 64 * LARGEST_MAIL {
                return Err(io::ErrorKind::InvalidData.into());
            }
            if bad.is_none() {
                let stuffed = after_an_end && line.starts_with(b".");
                mail.extend_from_slice(if stuffed { &line[1..] } else { &line });
            }
            after_an_end = ended;
        }
    }
}
