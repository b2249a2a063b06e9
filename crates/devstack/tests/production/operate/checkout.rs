//! Where an operator types: a checkout, a shell, and a `docker` that carries out what it is told without an engine.

use crate::{folder, root, run, shell::typed, tool};
use serde_json::{Value, json};
use std::{
    fs,
    net::TcpListener,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

pub struct Checkout {
    /// What the page calls `compose`.
    compose: String,
    pub folder: PathBuf,
    pub engine: PathBuf,
    path: String,
    /// Postgres' volume; another account than ours may have to reach it.
    postgres: PathBuf,
}

impl Checkout {
    #[expect(clippy::disallowed_methods, reason = "devstack says it to the tests")]
    pub fn new(compose: &str) -> Self {
        let (folder, engine) = (folder("operate"), folder("operate-engine"));
        for name in ["Makefile", "Dockerfile", "docker-compose.yml", "docker-compose.prod.yml", ".env.prod.example"] {
            fs::copy(root().join(name), folder.join(name)).expect("a file");
        }
        run(Command::new("cp").arg("-r").args(["docs", "traefik"].map(|name| root().join(name))).arg(&folder))
            .expect("files");
        let binaries = Path::new(env!("CARGO_BIN_EXE_devstack")).parent().expect("a folder").display();
        let tools = tool("bin");
        let path = format!(
            "{}:{binaries}:{}:{}:/usr/local/bin:/usr/bin:/bin",
            engine.display(),
            tool("postgres").display(),
            tools.display()
        );
        let postgres = std::env::temp_dir().join(format!("operate-{}", uuid::Uuid::now_v7().simple()));
        let https = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
        // Whatever name is asked for is here, with a certificate that nobody gave.
        fs::write(engine.join(".curlrc"), format!("insecure\nmax-time = 30\nconnect-to = \"::127.0.0.1:{https}\"\n"))
            .expect("a file");
        let settings = json!({
            "ports": { "https": https },
            "compose": tool("python/bin/docker-compose"),
            "path": path,
            "redis": std::env::var("REDIS_SERVER").expect("REDIS_SERVER is not set; run the tests with: make test"),
            "postgres": postgres,
        });
        fs::write(engine.join("settings.json"), settings.to_string()).expect("a file");
        let docker = root().join("crates/devstack/tests/production/operate/docker.py");
        symlink(docker, engine.join("docker")).expect("a link");
        Self { compose: compose.to_owned(), folder, engine, path, postgres }
    }

    /// What a shell says to a line, or its status and both outputs where that is not 0.
    pub fn shell(&self, line: &str, input: &str) -> Result<String, String> {
        let environment = [("PATH", self.path.as_str()), ("HOME", self.engine.to_str().expect("a path"))];
        let before = format!("compose() {{ {} \"$@\"; }}", self.compose);
        typed((&before, line), &self.folder, &environment, input)
    }

    /// The value of a key of `.env.prod`.
    pub fn value(&self, key: &str) -> String {
        let file = fs::read_to_string(self.folder.join(".env.prod")).expect("the file");
        let found = file.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        found.unwrap_or_else(|| panic!(".env.prod has no {key}")).to_owned()
    }

    /// As somebody edits the file: the line that is there.
    pub fn set(&self, key: &str, value: &str) {
        let (path, before) = (self.folder.join(".env.prod"), format!("\n{key}={}\n", self.value(key)));
        let file = fs::read_to_string(&path).expect("the file");
        fs::write(&path, file.replacen(&before, &format!("\n{key}={value}\n"), 1)).expect("written");
    }

    /// What `docker.py` remembers; null before it has.
    fn state(&self) -> Value {
        let file = fs::read(self.engine.join("state.json")).unwrap_or_default();
        serde_json::from_slice(&file).unwrap_or_default()
    }

    /// What a program on this machine has to know to reach Postgres by its address.
    pub fn postgres(&self) -> String {
        let state: Value =
            serde_json::from_slice(&fs::read(self.engine.join("state.json")).expect("a file")).expect("JSON");
        let port = &state["ports"]["postgres-1"];
        format!("export PGHOST=127.0.0.1 PGPORT={port} PGUSER=connectors PGPASSWORD={}", self.value("DB_PASSWORD"))
    }

    /// A file of the volume with the backups.
    pub fn backup(&self, name: &str) -> PathBuf {
        self.engine.join("volumes/connectors_backups").join(name)
    }

    /// Where programs look for what a person has set up for themself.
    pub fn home(&self, file: &str, text: &str) {
        let path = self.engine.join(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    /// Asks Postgres as its container's own user would.
    pub fn sql(&self, sql: &str) -> String {
        let asked =
            self.shell(&format!("compose exec postgres psql -U connectors -d postgres -A -t -q -c \"{sql}\""), "");
        asked.unwrap_or_else(|fault| panic!("{fault}")).trim().to_owned()
    }
}

impl Drop for Checkout {
    fn drop(&mut self) {
        // Whatever the test has come to: what was started ends before its database does, and where the settings cannot be read any
        // more, by its number.
        if self.shell("compose down", "").is_err() {
            let state = self.state();
            let running = state["running"].as_object().into_iter().flat_map(|all| all.values());
            let pids = running.filter_map(|each| each.as_array()).flatten().map(|process| process["pid"].to_string());
            let _ = Command::new("kill").args(["-s", "INT"]).args(pids).status();
        }
        let _ = fs::remove_dir_all(&self.postgres);
    }
}
