//! Signals to process groups. The shell's own `kill` does it: there is a shell on every machine, but not always procps,
//! and calling the system directly would take `unsafe`.

use std::process::{Command, Stdio};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    Terminate,
    Interrupt,
    Kill,
}

impl Signal {
    pub fn name(self) -> &'static str {
        match self {
            Self::Terminate => "TERM",
            Self::Interrupt => "INT",
            Self::Kill => "KILL",
        }
    }
}

/// To every member of the group. False: there is none, or it belongs to another user.
pub fn signal_group(group: u32, signal: Signal) -> bool {
    kill(signal.name(), &format!("-{group}"))
}

/// To one process.
pub fn signal_one(process: u32, signal: Signal) -> bool {
    kill(signal.name(), &process.to_string())
}

fn kill(signal: &str, target: &str) -> bool {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "kill -s \"$1\" \"$2\"", "sh", signal, target]);
    command.stdin(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}
