//! Signals to process groups. The shell's own `kill` does it: there is a shell on every machine, but not always procps,
//! and calling the system directly would take `unsafe`.

use std::{
    collections::BTreeSet,
    fs,
    process::{Command, Stdio},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    Terminate,
    Interrupt,
    Kill,
    HangUp,
    Pause,
    GoOn,
}

impl Signal {
    pub fn name(self) -> &'static str {
        match self {
            Self::Terminate => "TERM",
            Self::Interrupt => "INT",
            Self::Kill => "KILL",
            Self::HangUp => "HUP",
            Self::Pause => "STOP",
            Self::GoOn => "CONT",
        }
    }
}

/// To every member of the group. False: there is none, or it belongs to another user.
pub fn signal_group(group: u32, signal: Signal) -> bool {
    kill(signal.name(), &[format!("-{group}")])
}

/// To one process.
pub fn signal_one(process: u32, signal: Signal) -> bool {
    kill(signal.name(), &[process.to_string()])
}

/// Kills the process and all that descend from it, and answers who they are. The group alone is not enough: Postgres gives each
/// of its children one of its own. The eldest goes first, so that it starts no others.
pub fn kill_family(process: u32) -> Vec<u32> {
    signal_family(process, Signal::Kill)
}

/// The same with any signal.
pub fn signal_family(process: u32, signal: Signal) -> Vec<u32> {
    let family = family(process, &parents());
    let targets: Vec<String> = family.iter().map(u32::to_string).collect();
    kill(signal.name(), &targets);
    family
}

/// Everybody and their parent.
fn parents() -> Vec<(u32, u32)> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    // The name in brackets may hold spaces; the state and the parent are behind it.
    let parent = |id: u32| -> Option<u32> {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
    };
    ids.filter_map(|id| Some((id, parent(id)?))).collect()
}

fn family(eldest: u32, parents: &[(u32, u32)]) -> Vec<u32> {
    let (mut family, mut known, mut next) = (vec![eldest], BTreeSet::from([eldest]), 0);
    while let Some(parent) = family.get(next).copied() {
        let children = parents.iter().filter(|(_, of)| *of == parent).map(|(id, _)| *id);
        family.extend(children.filter(|child| known.insert(*child)));
        next += 1;
    }
    family
}

fn kill(signal: &str, targets: &[String]) -> bool {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "signal=$1; shift; kill -s \"$signal\" -- \"$@\"", "sh", signal]).args(targets);
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

    /// A child in a group of its own, as Postgres has them, goes with its parent.
    #[test]
    fn a_family_goes_whole() {
        let mut parent = Command::new("/bin/sh");
        let mut parent = parent.args(["-c", "setsid sleep 600 & wait"]).process_group(0).spawn().expect("a shell");
        let child = loop {
            match family(parent.id(), &parents()).get(1) {
                Some(child) => break *child,
                None => std::thread::yield_now(),
            }
        };
        let killed = kill_family(parent.id());
        assert!(killed.starts_with(&[parent.id()]) && killed.contains(&child), "{killed:?}");
        assert_eq!(parent.wait().expect("its status").signal(), Some(9));
        while super::super::record::started(child).is_some() {
            std::thread::yield_now();
        }
    }

    /// Numbers that go round, which a look at a changing table can show, end the search.
    #[test]
    fn a_family_is_found_by_its_parents() {
        assert_eq!(family(2, &[(2, 1), (3, 2), (4, 3), (5, 1), (2, 4)]), [2, 3, 4]);
    }

    /// The kernel's numbers end at 2^22.
    #[test]
    fn a_group_that_does_not_exist_is_told_apart() {
        assert!(!signal_group((1 << 22) + 1, Signal::Terminate));
    }
}
