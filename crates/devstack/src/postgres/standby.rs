//! A second server that follows the first, and can take its place.

use super::Cluster;
use crate::{
    account::Account,
    process::{Running, Signal, run, signal_one},
    stop::Stop,
};
use anyhow::{Context, Result};
use std::{
    fs::{self, File},
    io::Write,
    path::Path,
    process::Command,
    time::Duration,
};

impl Cluster {
    /// A copy of the running server that follows it from then on. Every commit waits until it has been applied there.
    pub fn followed(&self, running: &Running, port: u16, (password, log, stop): (&str, &Path, &Stop)) -> Result<Self> {
        let standby = self.beside("standby", port);
        let _ = fs::remove_dir_all(standby.data());
        let mut copy = Command::new(self.install.join("pg_basebackup"));
        copy.args(["--write-recovery-conf", "--checkpoint=fast", "--wal-method=stream", "--host=127.0.0.1"]);
        copy.args(["--port", &self.port.to_string(), "--username=connectors", "--no-password"]);
        copy.arg("--pgdata").arg(standby.data()).env("PGPASSWORD", password);
        Account::applied_to(self.account, &mut copy);
        run(&mut copy, log, stop).context("the standby cannot be made")?;
        let mut settings = File::options().append(true).open(self.data().join("postgresql.conf"))?;
        writeln!(settings, "synchronous_standby_names = '*'\nsynchronous_commit = remote_apply")?;
        signal_one(running.pid(), Signal::HangUp);
        Ok(standby)
    }

    /// Makes a server that follows one that decides, and waits until it does.
    pub fn promote(&self, log: &Path, stop: &Stop) -> Result<()> {
        // What the copy has taken over: nobody follows this one.
        let mut settings = File::options().append(true).open(self.data().join("postgresql.conf"))?;
        writeln!(settings, "synchronous_standby_names = ''")?;
        let mut promote = Command::new(self.install.join("pg_ctl"));
        promote.args(["promote", "--wait", "--timeout", &Duration::from_secs(30).as_secs().to_string()]);
        promote.arg("--pgdata").arg(self.data());
        Account::applied_to(self.account, &mut promote);
        run(&mut promote, log, stop).context("the standby cannot be promoted")
    }
}
