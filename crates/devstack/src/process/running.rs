//! A long-running child: its own process group, a log, a record, an end that is gentle first and certain after.

use super::{
    group::{Signal, kill_family, signal_group},
    record::{Record, started},
};
use crate::{account::Account, stop::Stop};
use anyhow::{Context, Result, ensure};
use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs::{self, File},
    io::Write,
    os::unix::{fs::OpenOptionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::LazyLock,
    thread,
    time::{Duration, Instant},
};

/// What is killed is gone at once, unless the kernel waits for a disk.
const FAMILY: Duration = Duration::from_secs(10);

pub struct Spec {
    pub name: &'static str,
    pub program: PathBuf,
    pub arguments: Vec<OsString>,
    pub environment: BTreeMap<String, String>,
    /// Taken away from what is inherited.
    pub without: Vec<String>,
    pub account: Option<Account>,
    /// Written to its standard input, which is then closed: secrets do not stand on the command line.
    pub input: Option<String>,
    /// What it understands as "finish and end".
    pub gently: Signal,
    /// How long it may take for that.
    pub grace: Duration,
}

impl Spec {
    pub fn new(name: &'static str, program: impl Into<PathBuf>) -> Self {
        Self {
            name,
            program: program.into(),
            arguments: Vec::new(),
            environment: BTreeMap::new(),
            without: Vec::new(),
            account: None,
            input: None,
            gently: Signal::Terminate,
            grace: Duration::from_secs(12),
        }
    }

    pub fn arguments<A: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Starts it. `logs` gets `NAME.log` (the last one is kept as `NAME.log.old`), `records` gets `NAME.json`.
    pub fn start(self, logs: &Path, records: &Path) -> Result<Running> {
        let log = logs.join(format!("{}.log", self.name));
        let _ = fs::rename(&log, logs.join(format!("{}.log.old", self.name)));
        let output = File::options().create(true).append(true).mode(0o600).open(&log);
        let output = output.with_context(|| format!("{} cannot be written", log.display()))?;
        let mut command = mortal(&self.program, self.gently);
        command.args(&self.arguments).envs(&self.environment).process_group(0);
        for key in &self.without {
            command.env_remove(key);
        }
        command.stdin(if self.input.is_some() { Stdio::piped() } else { Stdio::null() });
        command.stdout(output.try_clone()?).stderr(output);
        Account::applied_to(self.account, &mut command);
        let mut child = command.spawn().with_context(|| format!("{} cannot be started", self.program.display()))?;
        if let (Some(text), Some(mut input)) = (self.input, child.stdin.take()) {
            input.write_all(text.as_bytes())?;
        }
        let record = Record::of(self.name, child.id()).and_then(|record| record.save(records));
        let running = Running {
            name: self.name,
            log,
            child,
            records: records.to_owned(),
            gently: self.gently,
            grace: self.grace,
        };
        record.map(|()| running)
    }
}

/// A command which the kernel ends when this process dies, however it dies. Without `setpriv` it is a plain command, and
/// `devstack down` ends what is left.
pub fn mortal(program: &Path, signal: Signal) -> Command {
    static SETPRIV: LazyLock<bool> = LazyLock::new(|| {
        let mut probe = Command::new("setpriv");
        probe.args(["--pdeathsig", "TERM", "--", "true"]).stdin(Stdio::null());
        probe.stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    });
    if !*SETPRIV {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", signal.name(), "--"]).arg(program);
    command
}

pub struct Running {
    pub name: &'static str,
    pub log: PathBuf,
    child: Child,
    records: PathBuf,
    gently: Signal,
    grace: Duration,
}

impl Running {
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The status it ended with, if it has.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        self.child.try_wait().with_context(|| format!("{} cannot be watched", self.name))
    }

    /// Ends it and everything in its group: gently, then after its grace, or at a second request, by force.
    pub fn end(&mut self, stop: &Stop) {
        let (asked, impatient) = (Instant::now(), stop.asked() + 1);
        if matches!(self.ended(), Ok(None)) {
            signal_group(self.pid(), self.gently);
            while matches!(self.ended(), Ok(None)) && asked.elapsed() < self.grace && stop.asked() < impatient {
                thread::sleep(Duration::from_millis(20));
            }
        }
        if matches!(self.ended(), Ok(None)) {
            signal_group(self.pid(), Signal::Kill);
            let _ = self.child.wait();
        }
        Record::forget(&self.records, self.name);
    }

    /// As a power cut would: it and all that it has started are killed, and nobody of them is left when this returns.
    pub fn cut_off(mut self) -> Result<()> {
        let family = kill_family(self.pid());
        self.child.wait()?;
        Record::forget(&self.records, self.name);
        let asked = Instant::now();
        while family.iter().any(|process| started(*process).is_some()) {
            ensure!(asked.elapsed() < FAMILY, "{} left somebody behind who does not die", self.name);
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }
}

/// Whoever forgets to end it still leaves nothing behind.
impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            signal_group(self.child.id(), Signal::Kill);
            let _ = self.child.wait();
            Record::forget(&self.records, self.name);
        }
    }
}
