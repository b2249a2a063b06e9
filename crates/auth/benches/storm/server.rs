//! The service as it is deployed: the release build, in a process of its own, on a database of its own.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use testkit::Database;

const PROGRAM: &str = env!("CARGO_BIN_EXE_auth");
const READY_WITHIN: Duration = Duration::from_secs(10);

/// A running service; it ends with this value.
pub struct Server {
    process: Child,
    origin: String,
    _database: Database,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ended_already = self.process.kill();
        let _status = self.process.wait();
    }
}

/// Where cargo builds.
pub fn target_folder() -> PathBuf {
    Path::new(PROGRAM).ancestors().nth(2).unwrap().to_path_buf()
}

impl Server {
    /// Limits are off, so that one address can make a storm.
    pub async fn start() -> Self {
        let database = Database::fresh().await;
        // Free a moment ago: nobody else on this machine takes ports as fast.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
        let origin = format!("http://127.0.0.1:{port}");
        let process = Command::new(PROGRAM)
            .arg("serve")
            .env_clear()
            .envs([
                ("ENVIRONMENT", "development"),
                ("PORT", &port),
                ("DATABASE_URL", &database.url),
                ("PUBLIC_URL", &origin),
                ("BETTER_AUTH_SECRET", "a-secret-of-the-benchmark-0123456789"),
                ("JWT_SECRET", "another-secret-of-the-benchmark-0123456789"),
                ("AUTH_ISSUER", &origin),
                ("AUTH_AUDIENCE", &origin),
                ("AUTH_RATE_LIMIT", "off"),
                ("RUST_LOG", "warn"),
            ])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self { process, origin, _database: database };
        server.ready().await;
        server
    }

    async fn ready(&self) {
        let patience = Instant::now() + READY_WITHIN;
        loop {
            let answer = reqwest::get(self.url("/health/ready")).await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            assert!(Instant::now() < patience, "the service is not ready");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// A line of the process's status, `VmRSS` or `VmHWM`.
    pub fn memory_kib(&self, line: &str) -> u32 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let value = status.lines().find_map(|found| found.strip_prefix(line)?.strip_prefix(':'));
        value.unwrap().trim().trim_end_matches(" kB").parse().unwrap()
    }
}
