//! The service as a process of its own, which can be killed in the middle of something.

use super::{OwnFile, Server};
use std::{
    fs::OpenOptions,
    net::TcpListener,
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
        Self::start(server, Stdio::inherit()).await
    }

    /// The same, and what it logs goes to a file.
    pub async fn logging_to(server: &Server, log: &OwnFile) -> Self {
        Self::start(server, OpenOptions::new().append(true).open(log.path()).unwrap().into()).await
    }

    async fn start(server: &Server, log: Stdio) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new(env!("CARGO_BIN_EXE_connectors"));
        command.env_clear().envs(server.environment()).env("PORT", port.to_string()).arg("serve");
        let process = Self { child: command.stderr(log).spawn().unwrap(), url: format!("http://127.0.0.1:{port}") };
        let ready = server.anonymous().at(&process.url);
        let serving = async {
            while ready.attempt(reqwest::Method::GET, "/health/ready", "").await.map_or(true, |one| one.status != 200) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), serving).await.expect("the process serves");
        process
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
