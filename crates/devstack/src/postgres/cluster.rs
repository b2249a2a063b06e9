//! One cluster: made once, then served on 127.0.0.1 only, with a password.

use super::{Install, home};
use crate::{
    account::Account,
    place::Place,
    process::{Running, Signal, Spec, run},
    stop::Stop,
};
use anyhow::{Context, Result, bail};
use std::{
    fs::{self, File},
    io::Write,
    os::unix::fs::{OpenOptionsExt, chown},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// As in production: a commit is on the disk.
    Real,
    /// For databases that are thrown away: commits do not wait for the disk.
    None,
}

pub struct Cluster {
    pub(super) install: PathBuf,
    home: PathBuf,
    data: &'static str,
    pub(super) account: Option<Account>,
    pub(super) port: u16,
    durability: Durability,
}

impl Cluster {
    /// Makes the cluster and its role and database, both called `connectors`, unless they are there.
    pub fn ensure(
        place: &Place,
        (install, account): (&Install, Option<Account>),
        name: &str,
        (port, durability): (u16, Durability),
        (password, stop): (&str, &Stop),
    ) -> Result<Self> {
        let home = home::prepare(place, name, account)?;
        let cluster = Self { install: install.folder.clone(), home, data: "data", account, port, durability };
        let log = place.logs().join("initdb.log");
        if cluster.home.join("complete").is_file() {
            return cluster
                .sql(&[format!("alter role connectors password '{password}'")], &log, stop)
                .map(|()| cluster);
        }
        // What an interrupted start left is not a cluster.
        let _ = fs::remove_dir_all(cluster.data());
        cluster.initialise(&log, stop)?;
        let statements = [
            // It copies the server for a standby, too.
            format!("create role connectors login createdb replication password '{password}'"),
            "create database connectors owner connectors".to_owned(),
        ];
        cluster.sql(&statements, &log, stop)?;
        File::create(cluster.home.join("complete"))?;
        Ok(cluster)
    }

    /// Another one in the same home, with files of its own.
    pub(super) fn beside(&self, name: &'static str, port: u16) -> Self {
        Self { install: self.install.clone(), home: self.home.clone(), data: name, port, ..*self }
    }

    pub fn home(&self) -> &Path {
        &self.home
    }

    pub(super) fn data(&self) -> PathBuf {
        self.home.join(self.data)
    }

    /// The superuser gets a password that nobody knows: nobody needs to be it.
    fn initialise(&self, log: &Path, stop: &Stop) -> Result<()> {
        let secret = self.home.join("superuser");
        let _ = fs::remove_file(&secret);
        let mut file = File::options().create_new(true).write(true).mode(0o600).open(&secret)?;
        writeln!(file, "{}", kernel::token())?;
        chown(&secret, self.account.map(|account| account.uid), None)?;
        let mut initdb = Command::new(self.install.join("initdb"));
        initdb.args(["--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"]);
        initdb.arg("--no-instructions").arg("--pwfile").arg(&secret).arg("--pgdata").arg(self.data());
        if self.durability == Durability::None {
            initdb.arg("--no-sync");
        }
        Account::applied_to(self.account, &mut initdb);
        let made = run(&mut initdb, log, stop).context("Postgres cannot make its files");
        let _ = fs::remove_file(&secret);
        made
    }

    /// Runs statements without a server: no superuser ever logs in over the network, and no client is needed.
    fn sql(&self, statements: &[String], log: &Path, stop: &Stop) -> Result<()> {
        let script = self.home.join("script");
        let _ = fs::remove_file(&script);
        let mut file = File::options().create_new(true).write(true).mode(0o600).open(&script)?;
        // `-j`: a statement ends at a semicolon with an empty line, not at the end of its line.
        for statement in statements {
            write!(file, "{statement};\n\n")?;
        }
        let mut single = Command::new(self.install.join("postgres"));
        single.args(["--single", "-j", "-c", "exit_on_error=on", "-D"]).arg(self.data()).arg("postgres");
        single.stdin(Stdio::from(File::open(&script)?));
        Account::applied_to(self.account, &mut single);
        let done = run(&mut single, log, stop).context("Postgres cannot prepare its role and database");
        let _ = fs::remove_file(&script);
        done
    }

    /// Starts the server. Sockets in the file system are off: their path may be too long in a deep checkout.
    pub fn start(&self, logs: &Path, records: &Path) -> Result<Running> {
        self.forget_dead_server();
        let mut spec = Spec::new("postgres", self.install.join("postgres")).arguments(["-D"]).arguments([self.data()]);
        spec = spec.arguments(["-p".to_owned(), self.port.to_string()]);
        let always = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "logging_collector=off"];
        let lasting = ["fsync=on", "max_connections=200"];
        let throwaway = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=300"];
        let rest: &[&str] = if self.durability == Durability::Real { &lasting } else { &throwaway };
        for setting in always.iter().chain(rest) {
            spec = spec.arguments(["-c", setting]);
        }
        spec.account = self.account;
        spec.gently = Signal::Interrupt;
        spec.grace = Duration::from_secs(20);
        spec.start(logs, records)
    }

    /// Removes what a kill or a power cut left. Postgres itself refuses to start when its old number runs, even if that is
    /// somebody else by now; a server that really runs is left for Postgres to complain about.
    fn forget_dead_server(&self) {
        let file = self.data().join("postmaster.pid");
        let Ok(text) = fs::read_to_string(&file) else { return };
        let pid = text.lines().next().unwrap_or_default().trim();
        let program = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        if program.trim() != "postgres" {
            let _ = fs::remove_file(&file);
        }
    }

    /// Waits until it takes connections: it says so in the eighth line of `postmaster.pid`, under its number in the first.
    pub fn ready(&self, running: &mut Running, stop: &Stop) -> Result<()> {
        let file = self.data().join("postmaster.pid");
        let answer = stop.until(Duration::from_mins(1), Duration::from_millis(20), || {
            if let Some(status) = running.ended()? {
                let last = crate::screen::tail(&running.log, 8).join("\n    ");
                bail!("Postgres ended with {status}:\n    {last}");
            }
            let text = fs::read_to_string(&file).unwrap_or_default();
            let lines: Vec<&str> = text.lines().map(str::trim).collect();
            let ours = lines.first() == Some(&running.pid().to_string().as_str());
            Ok((ours && lines.get(7) == Some(&"ready")).then_some(()))
        })?;
        answer.with_context(|| format!("Postgres is not ready after a minute; see {}", running.log.display()))
    }

    pub fn url(&self, password: &str) -> String {
        format!("postgres://connectors:{password}@127.0.0.1:{}/connectors", self.port)
    }
}
