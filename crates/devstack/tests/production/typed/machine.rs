//! A machine on which somebody tries the commands of a page: a checkout, settings that `devstack secrets` makes, a database of its
//! own, and what the commands ask: the sandbox and both services, which run.

use crate::{folder, root, run, shell::typed, tool};
use std::{
    fs::{self, File},
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};
use testkit::{Database, free_port};
use tokio::runtime::Runtime;

/// Somebody's, who is there from the beginning.
pub const TENANT: &str = "01a22d81-7452-71ea-97af-eac576ea6156";

/// It ends with this value.
pub struct Running(pub Child);

pub struct Machine {
    pub folder: PathBuf,
    pub path: String,
    /// What each shell begins with.
    before: String,
    /// The addresses of auth and connectors.
    pub auth: String,
    pub connectors: String,
    running: Vec<Running>,
    pub database: Database,
    runtime: Runtime,
}

impl Machine {
    #[expect(clippy::disallowed_methods, reason = "the programs are the machine's")]
    pub fn new() -> Self {
        let (folder, runtime) = (folder("typed"), Runtime::new().expect("a runtime"));
        let database = runtime.block_on(Database::fresh());
        for name in ["Makefile", ".env.example"] {
            fs::copy(root().join(name), folder.join(name)).expect("a file");
        }
        run(Command::new("cp").arg("-r").args(["docs", "traefik", ".ci"].map(|name| root().join(name))).arg(&folder))
            .expect("files");
        fs::create_dir_all(folder.join("crates/connectors")).expect("a folder");
        let binaries = Path::new(env!("CARGO_BIN_EXE_devstack")).parent().expect("a folder").display();
        let path = format!("{binaries}:{}:{}", tool("bin").display(), std::env::var("PATH").expect("a PATH"));
        let [auth, connectors] = [free_port(), free_port()].map(|port| format!("http://127.0.0.1:{port}"));
        let mut machine =
            Self { folder, path, before: String::new(), auth, connectors, running: Vec::new(), database, runtime };
        machine.types("devstack secrets");
        machine.set_up();
        machine
    }

    /// The addresses of `make dev` are one machine's one stack; here all of them are free ones.
    fn set_up(&mut self) {
        let file = self.folder.join(".dev/env");
        let sandbox = format!("http://127.0.0.1:{}", free_port());
        let settings = fs::read_to_string(&file).expect("the settings");
        let settings = settings.replace("http://127.0.0.1:5003", &sandbox).replace("http://127.0.0.1:5001", &self.auth);
        fs::write(&file, settings).expect("the settings");
        let mut own = format!(
            "set -a\n. .dev/env\nHOST=127.0.0.1 NO_COLOR=1 RUST_LIB_BACKTRACE=0 SANDBOX_SMTP_PORT={} PUBLIC_URL={} \
             PROVIDERS_FILE=$PWD/own.toml REDIS_URL={}",
            free_port(),
            self.connectors,
            testkit::redis_url()
        );
        for (key, value) in self.database.settings() {
            own.extend([" ", key, "=", value]);
        }
        own.push_str("\nset +a\n");
        self.before = own;
        self.provides("acme-one");
        let (auth, connectors) = (self.auth.clone(), self.connectors.clone());
        for (line, url, ready) in [
            ("sandbox", &sandbox, "/_control/state"),
            ("auth serve", &auth, "/health/ready"),
            ("connectors serve", &connectors, "/health/ready"),
        ] {
            let running = self.starts(&format!("PORT={} exec {line}", port(url)));
            self.running.push(running);
            self.waits_for(&format!("curl --silent --fail {url}{ready}"));
        }
        self.types(&self.asks(&format!("/tenants/{TENANT}"), "-X PUT"));
    }

    /// A file of one provider of the operator's own.
    pub fn provides(&self, slug: &str) {
        let page = crate::read("docs/add-a-provider.md");
        let entry = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an entry");
        fs::write(self.folder.join("own.toml"), entry.replace("acme-keys", slug)).expect("a file");
    }

    fn shell(&self, line: &str) -> Result<String, String> {
        let home = self.folder.to_str().expect("a path");
        typed((&self.before, line), &self.folder, &[("PATH", self.path.as_str()), ("HOME", home)], "")
    }

    pub fn types(&self, line: &str) -> String {
        self.shell(line).unwrap_or_else(|fault| panic!("{fault}"))
    }

    /// Goes on asking until it succeeds.
    pub fn waits_for(&self, line: &str) {
        let patience = testkit::PATIENCE.as_secs();
        self.types(&format!("timeout {patience} bash -c 'until {line}; do sleep 0.05; done' > waited"));
    }

    /// Something that goes on in the background; what it says is in the folder's `log`.
    pub fn starts(&self, line: &str) -> Running {
        let log = File::options().create(true).append(true).open(self.folder.join("log")).expect("a file");
        let mut shell = Command::new("bash");
        shell.arg("-c").arg(format!("{}\n{line}", self.before)).current_dir(&self.folder);
        shell.env_clear().env("PATH", &self.path).env("HOME", &self.folder);
        shell.stdin(Stdio::null()).stdout(log.try_clone().expect("a file")).stderr(log);
        Running(shell.spawn().expect("bash"))
    }

    /// The number of the service that answers at `connectors`.
    pub fn service(&self) -> u32 {
        self.running.last().expect("a service").0.id()
    }

    /// A backend's request.
    pub fn asks(&self, path: &str, more: &str) -> String {
        let headers = format!(
            "-H \"Authorization: Bearer $OPERATOR_TOKENS\" -H X-Tenant-Id:{TENANT} -H Content-Type:application/json"
        );
        format!("curl --silent --fail-with-body {}{path} {headers} {more}", self.connectors)
    }

    /// A database that nothing has been done to, and what to type so that a command takes it.
    pub fn another_database(&self) -> Database {
        self.runtime.block_on(Database::empty())
    }

    pub fn count(&self, database: &Database, table: &str) -> i64 {
        self.runtime.block_on(database.count(table))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _gone_already = self.0.kill();
        let _reaped = self.0.wait();
    }
}

fn port(url: &str) -> &str {
    url.rsplit(':').next().expect("a port")
}

/// A second checkout, for what starts servers of its own; it finds the programs that the first time fetched.
pub fn checkout(name: &str) -> PathBuf {
    let (folder, fetched) = (folder(name), root().join(".dev/venv"));
    run(Command::new("cp").arg("-r").arg(root().join("traefik")).arg(&folder)).expect("files");
    fs::create_dir(folder.join(".dev")).expect("a folder");
    if fetched.is_dir() {
        symlink(fetched, folder.join(".dev/venv")).expect("a link");
    }
    folder
}
