//! Mail on a good day and on a bad one, at the sandbox's server and at one that we did not write.

use crate::{
    steps::{everything, recipients},
    world::{Browser, World},
};
use auth::run_jobs;
use chrono::TimeDelta;
use serde_json::{Value, json};
use std::{path::PathBuf, process::Stdio};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

const ADA: &str = "ada@example.com";

async fn forget(world: &World) {
    let form = json!({"email": ADA, "redirectTo": "/reset"});
    let answer = world.post(&mut Browser::default(), "/api/auth/request-password-reset", &form).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

/// State and error of what waits.
async fn waiting(world: &World) -> String {
    world.database.dump("(select state, attempts, error from jobs)").await
}

async fn order(world: &World, kind: &str, times: u8) {
    world.control("/mail/faults", &json!({"kind": kind, "times": times})).await;
}

/// What the server cannot take now waits, and leaves when its time has come; the link in it works.
#[tokio::test]
async fn what_is_refused_for_now_leaves_later() {
    for (fault, error) in
        [("temporary", "the mail server said 451, for now"), ("close", "the mail server cannot be reached")]
    {
        let world = World::start().await;
        world.sign_up(ADA).await;
        order(&world, fault, 1).await;
        forget(&world).await;
        assert_eq!(world.mails().await.len(), 0, "{fault}");
        assert_eq!(waiting(&world).await, format!("(ready,1,\"{error}\")"));
        assert_eq!(world.mails().await.len(), 0, "it is not due yet");
        world.clock.advance(TimeDelta::seconds(10));
        assert_eq!(recipients(&world.mails().await), [ADA], "{fault}");
        assert_eq!(waiting(&world).await, "");
        let link = world.mailed_link().await;
        let opened = world.get(&mut Browser::default(), &link).await;
        assert!(opened.location().starts_with("/reset?token="), "{fault}: {}", opened.location());
    }
}

/// A server that is away for half an hour loses nobody's mail, and one mail comes, not many.
#[tokio::test]
async fn a_long_outage_loses_no_mail() {
    let world = World::start().await;
    world.sign_up(ADA).await;
    order(&world, "temporary", 6).await;
    forget(&world).await;
    for _ in 0..6 {
        assert_eq!(world.mails().await.len(), 0);
        world.clock.advance(TimeDelta::minutes(5));
        forget(&world).await;
    }
    assert_eq!(recipients(&world.mails().await), [ADA]);
    assert_eq!(waiting(&world).await, "");
}

/// What the server never takes is a dead letter for the operator, whose error names nobody, and is not tried again.
#[tokio::test]
async fn what_is_refused_for_good_is_a_dead_letter() {
    let world = World::start().await;
    world.sign_up(ADA).await;
    order(&world, "permanent", 1).await;
    forget(&world).await;
    assert_eq!(world.mails().await.len(), 0);
    assert_eq!(waiting(&world).await, "(dead,1,\"the mail server said 550\")");
    world.clock.advance(TimeDelta::days(2));
    assert_eq!(world.mails().await.len(), 0);
    forget(&world).await;
    assert_eq!(recipients(&world.mails().await), [ADA], "a new request is a new letter");
}

/// A server that takes the call and says nothing does not hold up the mail of others for long.
#[tokio::test]
async fn a_server_that_says_nothing_is_given_up() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://localhost:{}", silent.local_addr().unwrap().port());
    let world = World::with(&[("SMTP_URL", &url)]).await;
    world.sign_up(ADA).await;
    forget(&world).await;
    run_jobs(&world.app).await.unwrap();
    assert_eq!(waiting(&world).await, "(ready,1,\"the mail server cannot be reached\")");
}

/// A mail is two of one: text for people who read text, and HTML; neither says more than the link.
#[tokio::test]
async fn a_mail_is_plain() {
    let world = World::start().await;
    world.sign_up(ADA).await;
    forget(&world).await;
    let mails = world.mails().await;
    let (text, url) = (mails[0]["text"].as_str().unwrap(), mails[0]["url"].as_str().unwrap());
    assert!(text.contains(url) && text.contains("If you did not ask for this") && !text.contains('<'), "{text}");
    assert!(!text.contains("Ada"), "a name in a mail to anybody's address would be a stranger's text");
}

/// The foreign server, and what it says.
struct Server {
    port: u64,
    authority: String,
    lines: Lines<BufReader<ChildStdout>>,
    process: Child,
}

impl Server {
    #[expect(clippy::disallowed_methods, reason = "the test's tools are the machine's")]
    async fn start() -> Self {
        let tools = std::env::var("TEST_TOOLS").expect("TEST_TOOLS is not set; run the tests with: make test");
        let mut process = Command::new(PathBuf::from(tools).join("python/bin/python3"))
            .args(["-W", "ignore", "-c", include_str!("smtp_server.py")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let first: Value = serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap();
        let authority = first["authority"].as_str().unwrap().to_owned();
        Self { port: first["port"].as_u64().unwrap(), authority, lines, process }
    }

    /// A service that sends through it.
    async fn world(&self, login: &str, tls: &str, authority: &str) -> World {
        let url = format!("smtp://{login}@localhost:{}{tls}", self.port);
        World::with(&[("SMTP_URL", &url), ("SMTP_CA_PATH", authority)]).await
    }

    /// Every mail it took, once it has ended.
    async fn mails(mut self) -> Vec<Value> {
        drop(self.process.stdin.take());
        let mut mails = Vec::new();
        while let Some(line) = self.lines.next_line().await.unwrap() {
            mails.push(serde_json::from_str(&line).unwrap());
        }
        assert!(self.process.wait().await.unwrap().success());
        mails
    }
}

const LOGIN: &str = "connectors:p%40ss%2Fword";

/// Encrypted, authenticated, and whole: what arrives is the mail with its link.
#[tokio::test]
async fn a_foreign_server_takes_our_mail() {
    let server = Server::start().await;
    let world = server.world(LOGIN, "?tls=required", &server.authority).await;
    world.sign_up(ADA).await;
    forget(&world).await;
    run_jobs(&world.app).await.unwrap();
    assert_eq!(waiting(&world).await, "");
    let mails = server.mails().await;
    assert_eq!(mails.len(), 1);
    let mail = &mails[0];
    assert_eq!(
        (&mail["to"], &mail["sender"], &mail["encrypted"], &mail["authenticated"]),
        (&json!([ADA]), &json!("no-reply@example.com"), &json!(true), &json!(true))
    );
    let text = mail["text"].as_str().unwrap();
    for part in [
        "Subject: Reset your password",
        "From: Connectors <no-reply@example.com>",
        "To: ada@example.com",
        "multipart/alternative",
        "/api/auth/reset-password/",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

/// Without the right password nothing is sent, and the person is told nothing else than before; the mail waits until the
/// operator has put that right.
#[tokio::test]
async fn a_wrong_password_sends_nothing() {
    let server = Server::start().await;
    let world = server.world("connectors:guess", "?tls=required", &server.authority).await;
    world.sign_up(ADA).await;
    forget(&world).await;
    run_jobs(&world.app).await.unwrap();
    assert_eq!(waiting(&world).await, "(ready,1,\"the mail server said 535, for now\")");
    assert!(!everything(&world).await.concat().contains("guess"));
    assert_eq!(server.mails().await, [] as [Value; 0]);
}

/// To a server whose certificate nobody vouches for, neither mail nor password goes; it is tried again later, for that may
/// be put right.
#[tokio::test]
async fn an_untrusted_certificate_sends_nothing() {
    let server = Server::start().await;
    let world = server.world(LOGIN, "?tls=required", "").await;
    world.sign_up(ADA).await;
    forget(&world).await;
    run_jobs(&world.app).await.unwrap();
    assert_eq!(waiting(&world).await, "(ready,1,\"the mail server cannot be reached\")");
    assert_eq!(server.mails().await, [] as [Value; 0]);
}

/// A server that demands encryption gets nothing in clear, where the operator forgot to ask for it.
#[tokio::test]
async fn a_server_that_wants_encryption_gets_nothing_in_clear() {
    let server = Server::start().await;
    let world = server.world(LOGIN, "", "").await;
    world.sign_up(ADA).await;
    forget(&world).await;
    run_jobs(&world.app).await.unwrap();
    let waiting = waiting(&world).await;
    assert!(waiting.starts_with("(dead,1,") || waiting.starts_with("(ready,1,"), "{waiting}");
    assert_eq!(server.mails().await, [] as [Value; 0]);
}
