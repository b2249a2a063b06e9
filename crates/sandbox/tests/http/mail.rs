//! The mail server and its mailbox.

use crate::support::{Sandbox, answer, config, start};
use reqwest::StatusCode;
use sandbox::Config;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

const LINK: &str = "https://localhost/api/auth/verify-email?token=abc";

async fn with_mail() -> Sandbox {
    start(Config { smtp_port: Some(0), ..config() }).await
}

/// A mailer, one line at a time.
struct Mailer(BufReader<TcpStream>);

impl Mailer {
    /// After the greeting.
    async fn connect(sandbox: &Sandbox) -> Self {
        let address = sandbox.running.smtp_url.as_deref().unwrap().strip_prefix("smtp://").unwrap();
        let mut mailer = Self(BufReader::new(TcpStream::connect(address).await.unwrap()));
        assert!(mailer.answer().await.starts_with("220 "));
        mailer
    }

    /// All lines of an answer; empty when the connection is over.
    async fn answer(&mut self) -> String {
        let mut all = String::new();
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).await.unwrap();
            let more = line.as_bytes().get(3) == Some(&b'-');
            all += &line;
            if !more {
                return all;
            }
        }
    }

    async fn send(&mut self, text: &str) {
        self.0.get_mut().write_all(text.as_bytes()).await.unwrap();
    }

    /// The code of the answer to a line.
    async fn say(&mut self, line: &str) -> String {
        self.send(&format!("{line}\r\n")).await;
        self.answer().await.chars().take(3).collect()
    }

    /// The code of the answer to a whole mail.
    async fn mail(&mut self, to: &str, text: &str) -> String {
        assert_eq!(self.say("MAIL FROM:<noreply@localhost>").await, "250");
        assert_eq!(self.say(&format!("RCPT TO:<{to}>")).await, "250");
        assert_eq!(self.say("DATA").await, "354");
        self.say(&format!("{text}\r\n.")).await
    }
}

fn letter(body: &str) -> String {
    format!("From: Us <noreply@localhost>\r\nTo: ann@example.com\r\nSubject: Verify\r\n\r\n{body}")
}

async fn box_of(sandbox: &Sandbox, query: &str) -> Value {
    answer(sandbox.get(&format!("/_control/mail{query}")).await).await.body
}

/// What was sent is in the mailbox: subject, address, the link and what it carries, dots as they were written.
#[tokio::test]
async fn a_mail_that_was_sent_is_in_the_mailbox() {
    let sandbox = with_mail().await;
    let mut mailer = Mailer::connect(&sandbox).await;
    mailer.send("EHLO tests\r\n").await;
    assert_eq!(mailer.answer().await, "250-localhost\r\n250-SIZE 262144\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n");
    assert_eq!(mailer.mail("ann@example.com", &letter(&format!("Click {LINK}.\r\n..\r\n..hidden"))).await, "250");
    assert_eq!(mailer.mail("bob@example.com", &letter("Nothing to click")).await, "250");
    assert_eq!(mailer.say("QUIT").await, "221");
    assert_eq!(
        box_of(&sandbox, "").await,
        json!([
            {"kind": "verify-email", "to": "ann@example.com", "subject": "Verify", "url": LINK, "token": "abc",
             "text": format!("Click {LINK}.\r\n.\r\n.hidden\r\n")},
            {"kind": "other", "to": "bob@example.com", "subject": "Verify", "url": null, "token": null,
             "text": "Nothing to click\r\n"},
        ])
    );
    sandbox.client.delete(sandbox.url("/_control/mail")).send().await.unwrap();
    assert_eq!(box_of(&sandbox, "").await, json!([]));
}

/// Everything of a session in one write is answered in order: mailers do not wait for each answer.
#[tokio::test]
async fn commands_may_come_all_at_once() {
    let sandbox = with_mail().await;
    let mut mailer = Mailer::connect(&sandbox).await;
    let all = "EHLO t\r\nMAIL FROM:<>\r\nRCPT TO:<a@b.example>\r\nRCPT TO:<c@b.example>\r\nDATA\r\nhi\r\n.\r\nQUIT\r\n";
    mailer.send(all).await;
    let mut codes = Vec::new();
    for _ in 0..7 {
        codes.push(mailer.answer().await[..3].to_owned());
    }
    assert_eq!(codes, ["250", "250", "250", "250", "354", "250", "221"]);
    assert_eq!(box_of(&sandbox, "").await[0]["to"], "a@b.example, c@b.example");
}

/// The order of the commands is kept, and each mistake has its own code.
#[tokio::test]
async fn mistakes_are_answered_with_their_code() {
    let sandbox = with_mail().await;
    let mut mailer = Mailer::connect(&sandbox).await;
    for (line, code) in [
        ("MAIL FROM:<a@b.example>", "503"),
        ("HELO tests", "250"),
        ("RCPT TO:<a@b.example>", "503"),
        ("DATA", "503"),
        ("MAIL FROM:a@b.example", "501"),
        ("MAIL FROM:<a@b.example> SIZE=262145", "552"),
        ("MAIL FROM:<a@b.example> RET=FULL", "555"),
        ("MAIL FROM:<a@b.example> SIZE=100 BODY=8BITMIME", "250"),
        ("MAIL FROM:<a@b.example>", "503"),
        ("DATA", "503"),
        ("RCPT TO:<nobody>", "501"),
        ("RSET", "250"),
        ("RCPT TO:<a@b.example>", "503"),
        ("STARTTLS", "502"),
        ("AUTH PLAIN AGEAYg==", "502"),
        ("VRFY a@b.example", "252"),
        ("NOOP", "250"),
        ("WHO", "500"),
        ("QUIT", "221"),
    ] {
        assert_eq!(mailer.say(line).await, code, "{line}");
    }
    assert_eq!(mailer.answer().await, "", "the connection is over");
    assert_eq!(box_of(&sandbox, "").await, json!([]));
}

/// Sizes, recipients, mistakes and line lengths have an end.
#[tokio::test]
async fn everything_has_a_bound() {
    let sandbox = with_mail().await;
    let mut mailer = Mailer::connect(&sandbox).await;
    mailer.say("EHLO tests").await;
    let line = format!("{}\r\n", "x".repeat(998));
    assert_eq!(mailer.mail("a@b.example", &line.repeat(300)).await, "552");
    assert_eq!(mailer.mail("a@b.example", "a bare line feed\nhere\r\n.\nand a dot").await, "550");
    mailer.say("MAIL FROM:<a@b.example>").await;
    for _ in 0..100 {
        assert_eq!(mailer.say("RCPT TO:<a@b.example>").await, "250");
    }
    assert_eq!(mailer.say("RCPT TO:<a@b.example>").await, "452");
    for _ in 0..19 {
        assert_eq!(mailer.say("GET / HTTP/1.1").await, "500");
    }
    mailer.send("GET / HTTP/1.1\r\n").await;
    assert!(mailer.answer().await.starts_with("500") && mailer.answer().await.starts_with("421"));

    let mut endless = Mailer::connect(&sandbox).await;
    endless.send(&"x".repeat(9000)).await;
    let mut rest = String::new();
    // Cut off, with a reset or without: nothing was said.
    let _ = endless.0.read_line(&mut rest).await;
    assert_eq!(rest, "");
    assert_eq!(box_of(&sandbox, "").await, json!([]));
}

/// The 33rd connection is told to come back, and may once another has left.
#[tokio::test]
async fn connections_have_a_bound() {
    let sandbox = with_mail().await;
    let mut mailers = Vec::new();
    for _ in 0..32 {
        mailers.push(Mailer::connect(&sandbox).await);
    }
    let address = sandbox.running.smtp_url.as_deref().unwrap().strip_prefix("smtp://").unwrap().to_owned();
    let mut late = Mailer(BufReader::new(TcpStream::connect(&address).await.unwrap()));
    assert!(late.answer().await.starts_with("421 "));
    let mut leaving = mailers.pop().unwrap();
    assert_eq!(leaving.say("QUIT").await, "221");
    assert_eq!(leaving.answer().await, "");
    let mut next = Mailer(BufReader::new(TcpStream::connect(&address).await.unwrap()));
    assert!(next.answer().await.starts_with("220 "));
}

/// A bad day: refused for now, refused for good, or no answer at all; then all is well again.
#[tokio::test]
async fn mail_can_be_refused_on_demand() {
    let sandbox = with_mail().await;
    for (kind, code) in [("temporary", "451"), ("permanent", "550"), ("close", "")] {
        let ordered = sandbox.control("mail/faults", json!({"kind": kind})).await;
        assert_eq!((ordered.status, ordered.body), (StatusCode::OK, json!([kind])));
        let mut mailer = Mailer::connect(&sandbox).await;
        mailer.say("EHLO tests").await;
        assert_eq!(mailer.mail("ann@example.com", &letter(LINK)).await, code);
    }
    let mut mailer = Mailer::connect(&sandbox).await;
    mailer.say("EHLO tests").await;
    sandbox.control("mail/faults", json!({"kind": "temporary", "times": 9})).await;
    assert_eq!(mailer.mail("ann@example.com", &letter(LINK)).await, "451");
    sandbox.client.delete(sandbox.url("/_control/mail/faults")).send().await.unwrap();
    assert_eq!(mailer.mail("ann@example.com", &letter(LINK)).await, "250");
    assert_eq!(box_of(&sandbox, "").await.as_array().unwrap().len(), 1);
}

/// Whoever waits is answered by the next mail, and by each mail once; plain questions take nothing away.
#[tokio::test]
async fn waiting_ends_with_the_next_mail() {
    let sandbox = with_mail().await;
    let send = async || {
        let mut mailer = Mailer::connect(&sandbox).await;
        mailer.say("EHLO tests").await;
        assert_eq!(mailer.mail("ann@example.com", &letter(LINK)).await, "250");
    };
    let (waited, ()) = tokio::join!(box_of(&sandbox, "?unseen=true"), send());
    assert_eq!(waited.as_array().unwrap().len(), 1);
    send().await;
    assert_eq!(box_of(&sandbox, "").await.as_array().unwrap().len(), 2);
    assert_eq!(box_of(&sandbox, "?unseen=true").await.as_array().unwrap().len(), 2);
    let waiting = sandbox.client.get(sandbox.url("/_control/mail?unseen=true"));
    let waited = waiting.timeout(std::time::Duration::from_millis(300)).send().await;
    assert!(waited.unwrap_err().is_timeout(), "there is nothing that was not seen");
    assert_eq!(sandbox.get("/_control/mail?seen=true").await.status(), StatusCode::BAD_REQUEST);
}

/// The pages: the newest on top, links to click, markup as text, nothing that runs.
#[tokio::test]
async fn a_person_can_read_the_mail() {
    let sandbox = with_mail().await;
    let mut mailer = Mailer::connect(&sandbox).await;
    mailer.say("EHLO tests").await;
    mailer.mail("ann@example.com", &letter(&format!("<script>alert(1)</script> {LINK}"))).await;
    let list = sandbox.get("/_mail").await.text().await.unwrap();
    assert!(list.contains("ann@example.com") && list.contains("href=\"/_mail/1\">Verify</a>"), "{list}");
    let response = sandbox.get("/_mail/1").await;
    let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("script"), "{policy}");
    let mail = response.text().await.unwrap();
    assert!(mail.contains(&format!("<a href=\"{LINK}\"")) && !mail.contains("<script"), "{mail}");
    assert_eq!(sandbox.get("/_mail/2").await.status(), StatusCode::NOT_FOUND);
}

/// The last 200 are kept.
#[tokio::test]
async fn the_oldest_mails_go_first() {
    let sandbox = with_mail().await;
    let mut mailer = Mailer::connect(&sandbox).await;
    mailer.say("EHLO tests").await;
    for number in 0..203 {
        mailer.mail("ann@example.com", &letter(&format!("number {number}"))).await;
    }
    let mails = box_of(&sandbox, "").await;
    assert_eq!((mails.as_array().unwrap().len(), &mails[0]["text"]), (200, &json!("number 3\r\n")));
}
