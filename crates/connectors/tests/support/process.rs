//! The service as a process of its own, which can be killed in the middle of something.

use super::{OwnFile, Server};
use std::{
    fs::OpenOptions,
    process::{Child, Command, Stdio},
    time::Duration,
};

pub struct Process {
    child: Child,
    pub url: String,
}

impl Process {
    /// Over the server's database and vendors, by the machine's clock. Serves when this returns.
    pub async fn of(server: &Server) -> Self {
        Self::start(server, &[], Stdio::inherit()).await
    }

    /// The same, and what it logs goes to a file.
    pub async fn logging_to(server: &Server, log: &OwnFile) -> Self {
        Self::logging_with(server, &[], log).await
    }

    /// The same with settings of the test's own.
    pub async fn logging_with(server: &Server, more: &[(&str, &str)], log: &OwnFile) -> Self {
        Self::start(server, more, OpenOptions::new().append(true).open(log.path()).unwrap().into()).await
    }

    async fn start(server: &Server, more: &[(&str, &str)], log: Stdio) -> Self {
        let process = Self::begin(server, more, log);
        process.reaches(server, "/health/ready", 200).await;
        process
    }

    /// Started; what it says of itself is the test's to find out.
    pub fn begin(server: &Server, more: &[(&str, &str)], log: Stdio) -> Self {
        Self::spawn(server, testkit::free_port(), more, log)
    }

    /// The same at an address that others know already.
    pub fn begin_at(server: &Server, port: u16, more: &[(&str, &str)]) -> Self {
        Self::spawn(server, port, more, Stdio::null())
    }

    fn spawn(server: &Server, port: u16, more: &[(&str, &str)], log: Stdio) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_connectors"));
        command.env_clear().envs(server.environment()).envs(more.iter().copied()).env("PORT", port.to_string());
        let child = command.arg("serve").stderr(log).spawn().unwrap();
        Self { child, url: format!("http://127.0.0.1:{port}") }
    }

    /// Waits until it answers so.
    pub async fn reaches(&self, server: &Server, path: &str, status: u16) {
        let client = server.anonymous().at(&self.url);
        let asked = async {
            while client.attempt(reqwest::Method::GET, path, "").await.map_or(true, |one| one.status != status) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(testkit::PATIENCE, asked).await.expect("the process answers so");
    }

    /// SIGTERM.
    pub fn terminate(&self) {
        let sent = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for its end; returns whether it was a good one.
    pub async fn ended(mut self) -> bool {
        self.end().await
    }

    /// The same where another one takes its place.
    pub async fn end(&mut self) -> bool {
        let ending = async {
            loop {
                if let Some(status) = self.child.try_wait().unwrap() {
                    return status.success();
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(testkit::PATIENCE, ending).await.expect("the process ends")
    }

    /// `kill -HUP`.
    pub fn hang_up(&self) {
        let sent = Command::new("kill").args(["-HUP", &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _gone_already = self.child.kill();
        let _reaped = self.child.wait();
    }
}
