//! One connection: greeting, envelope, mail, and again.

use super::{
    command::{Command, parse},
    wire::{BadMail, LARGEST_MAIL, Wire},
};
use crate::{
    app::App,
    mail::{Fault, Mail},
};
use std::io;
use tokio::net::TcpStream;

/// RFC 5321 4.5.3.1.8 asks for at least this many.
const MOST_RECIPIENTS: usize = 100;
/// Whoever errs this often speaks another protocol.
const MOST_MISTAKES: u32 = 20;

#[derive(Default)]
struct Envelope {
    from: Option<String>,
    to: Vec<String>,
}

enum Next {
    Go,
    End,
}

struct Session<'a> {
    app: &'a App,
    wire: Wire,
    greeted: bool,
    envelope: Envelope,
}

const ORDER: &str = "503 5.5.1 Not now: EHLO, MAIL, RCPT and DATA come in this order";
const TOO_LARGE: &str = "552 5.3.4 The mail is larger than 256 KiB";

pub(super) async fn run(app: &App, stream: TcpStream) -> io::Result<()> {
    let mut session = Session { app, wire: Wire::new(stream), greeted: false, envelope: Envelope::default() };
    session.wire.say("220 localhost ESMTP sandbox").await?;
    let mut mistakes = 0;
    while mistakes < MOST_MISTAKES {
        match parse(&session.wire.line().await?) {
            Ok(command) => {
                if let Next::End = session.obey(command).await? {
                    return Ok(());
                }
            }
            Err(mistake) => {
                mistakes += 1;
                session.wire.say(mistake.answer()).await?;
            }
        }
    }
    session.wire.say("421 4.7.0 Too many mistakes").await
}

impl Session<'_> {
    async fn obey(&mut self, command: Command) -> io::Result<Next> {
        let answer = match command {
            Command::Hello { extended } => {
                self.greeted = true;
                self.envelope = Envelope::default();
                if extended {
                    &format!("250-localhost\r\n250-SIZE {LARGEST_MAIL}\r\n250-8BITMIME\r\n250 SMTPUTF8")
                } else {
                    "250 localhost"
                }
            }
            Command::Mail { .. } if !self.greeted || self.envelope.from.is_some() => ORDER,
            Command::Mail { size: Some(size), .. } if size > LARGEST_MAIL as u64 => TOO_LARGE,
            Command::Mail { from, .. } => {
                self.envelope.from = Some(from);
                "250 2.1.0 The sender is noted"
            }
            Command::Recipient(_) if self.envelope.from.is_none() => ORDER,
            Command::Recipient(_) if self.envelope.to.len() >= MOST_RECIPIENTS => "452 4.5.3 Too many recipients",
            Command::Recipient(to) => {
                self.envelope.to.push(to);
                "250 2.1.5 The recipient is noted"
            }
            Command::Data if self.envelope.to.is_empty() => ORDER,
            Command::Data => return self.data().await,
            Command::Reset => {
                self.envelope = Envelope::default();
                "250 2.0.0 Forgotten"
            }
            Command::Nothing => "250 2.0.0 Fine",
            Command::Verify => "252 2.5.0 Nobody is told who exists",
            Command::Quit => {
                self.wire.say("221 2.0.0 Until next time").await?;
                return Ok(Next::End);
            }
        };
        self.wire.say(answer).await?;
        Ok(Next::Go)
    }

    async fn data(&mut self) -> io::Result<Next> {
        self.wire.say("354 Go on; a line with a dot ends it").await?;
        let mail = self.wire.mail().await?;
        let Envelope { from, to } = std::mem::take(&mut self.envelope);
        let answer = match (mail, self.app.mail_faults.take()) {
            (Err(BadMail::TooLarge), _) => TOO_LARGE,
            (Err(BadMail::BareLineFeed), _) => "550 5.6.0 A line of the mail ends without a carriage return",
            (_, Some(Fault::Temporary)) => "451 4.3.0 The sandbox was asked to fail for now",
            (_, Some(Fault::Permanent)) => "550 5.1.1 The sandbox was asked to refuse",
            (_, Some(Fault::Close)) => return Ok(Next::End),
            (Ok(bytes), None) => {
                let mail = Mail::read(&from.unwrap_or_default(), &to, &bytes, self.app.wall.now());
                // This is a tool for development, and the link is what one is waiting for.
                tracing::info!(to = %mail.to, subject = %mail.subject, url = mail.url.as_deref(), "a mail has come");
                self.app.mailbox.put(mail);
                "250 2.0.0 Kept"
            }
        };
        self.wire.say(answer).await?;
        Ok(Next::Go)
    }
}
