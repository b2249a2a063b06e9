//! PgBouncer before the Postgres of the tests.

use std::{
    fs,
    io::Write,
    net::{Ipv4Addr, TcpStream},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Instant,
};
use url::Url;

/// As docs/operate.md has them. So few connections that callers have to share them.
const SETTINGS: &str =
    "pool_mode = transaction\nmax_prepared_statements = 200\ndefault_pool_size = 3\nmax_client_conn = 2000\n";

/// It ends with this value.
pub struct Pooler {
    /// Any database of the server, under the name that it has there.
    pub url: String,
    child: Child,
    folder: PathBuf,
}

impl Pooler {
    #[expect(clippy::disallowed_methods, clippy::expect_used, reason = "tests read what the test command sets")]
    pub fn start() -> Self {
        let server = std::env::var("DATABASE_URL").expect("DATABASE_URL is not set; run the tests with: make test");
        let mut url: Url = server.parse().expect("DATABASE_URL is a URL");
        let port = crate::free_port();
        let host = url.host_str().unwrap_or("127.0.0.1").to_owned();
        let folder = std::env::temp_dir().join(format!("pooler-{}", uuid::Uuid::now_v7().simple()));
        fs::create_dir(&folder).expect("a folder of its own");
        let users = folder.join("users.txt");
        let password = url.password().unwrap_or_default();
        write(&users, &format!("\"{}\" \"{password}\"\n", url.username()));
        let settings = folder.join("pgbouncer.ini");
        write(
            &settings,
            &format!(
                "[databases]\n* = host={host} port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {}\nunix_socket_dir =\n\
                 auth_type = plain\nauth_file = {}\n{SETTINGS}",
                url.port().unwrap_or(5432),
                port,
                users.display(),
            ),
        );
        let mut command = Command::new(crate::tool("bin/pgbouncer"));
        // It refuses to run as root.
        if fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0) {
            command.args(["-u", "nobody"]);
        }
        let child = command.arg("-q").arg(&settings).stdin(Stdio::null()).spawn().expect("PgBouncer starts");
        let mut pooler = Self { url: String::new(), child, folder };
        pooler.wait_for(port);
        url.set_host(Some("127.0.0.1")).expect("an address");
        url.set_port(Some(port)).expect("a port");
        pooler.url = url.into();
        pooler
    }

    #[expect(clippy::expect_used, reason = "a helper of a test fails by panicking")]
    fn wait_for(&mut self, port: u16) {
        let until = Instant::now() + crate::PATIENCE;
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            let ended = self.child.try_wait().expect("a child");
            assert!(ended.is_none() && Instant::now() < until, "PgBouncer does not start: {ended:?}");
            std::thread::yield_now();
        }
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _dead = self.child.kill();
        let _reaped = self.child.wait();
        let _gone = fs::remove_dir_all(&self.folder);
    }
}

#[expect(clippy::expect_used, reason = "a helper of a test fails by panicking")]
fn write(path: &Path, text: &str) {
    let mut file = fs::File::create(path).expect("a new file");
    file.write_all(text.as_bytes()).expect("a file that is written");
}
