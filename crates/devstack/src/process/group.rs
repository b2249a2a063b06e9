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
    command.args(["-c", "kill -s \"$1\" -- \"$2\"", "sh", signal, target]);
    command.stdin(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::{CommandExt, ExitStatusExt};

    /// Shells differ in how they read a negative number after `kill`.
    #[test]
    fn a_signal_reaches_the_whole_group() {
        let mut child = Command::new("/bin/sh").args(["-c", "sleep 600"]).process_group(0).spawn().expect("a shell");
        assert!(signal_group(child.id(), Signal::Terminate));
        assert_eq!(child.wait().expect("its status").signal(), Some(15));
    }

    /// The kernel's numbers end at 2^22.
    #[test]
    fn a_group_that_does_not_exist_is_told_apart() {
        assert!(!signal_group((1 << 22) + 1, Signal::Terminate));
    }
}
