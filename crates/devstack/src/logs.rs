//! `make dev-logs`: what the processes write, each line under its name.

use crate::{
    place::Place,
    screen::{say, tail},
    stop::Stop,
    tools::children,
};
use anyhow::{Result, bail};
use std::{
    collections::BTreeMap,
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    process::ExitCode,
    thread,
    time::Duration,
};

/// Lines of each log that are shown before following.
const LINES: usize = 40;

pub fn show(place: &Place, name: Option<&str>, follow: bool) -> Result<ExitCode> {
    let mut ends = BTreeMap::new();
    for (name, path) in logs(place, name)? {
        for line in tail(&path, LINES) {
            say(&format!("{name:>10} | {line}"));
        }
        ends.insert(name, path.metadata().map_or(0, |data| data.len()));
    }
    let stop = Stop::listen()?;
    while follow && stop.asked() == 0 {
        thread::sleep(Duration::from_millis(200));
        for (name, path) in logs(place, name)? {
            let from = ends.entry(name.clone()).or_default();
            for line in fresh(&path, from).unwrap_or_default().lines() {
                say(&format!("{name:>10} | {line}"));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Looked up anew each time, because a restart makes new files.
fn logs(place: &Place, wanted: Option<&str>) -> Result<Vec<(String, PathBuf)>> {
    let all = children(&place.logs()).into_iter().filter_map(|path| {
        let name = path.file_name()?.to_str()?.strip_suffix(".log")?.to_owned();
        Some((name, path))
    });
    let all: Vec<(String, PathBuf)> = all.collect();
    let names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
    match wanted {
        Some(wanted) if !names.contains(&wanted) => bail!("there is no log {wanted}; there are: {}", names.join(", ")),
        _ => Ok(all.iter().filter(|(name, _)| wanted.is_none_or(|wanted| wanted == name)).cloned().collect()),
    }
}

/// The whole lines written since `from`, which moves on. A log that became shorter is a new one.
fn fresh(path: &Path, from: &mut u64) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    if file.metadata()?.len() < *from {
        *from = 0;
    }
    file.seek(SeekFrom::Start(*from))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    *from += whole as u64;
    Ok(String::from_utf8_lossy(&bytes[..whole]).into_owned())
}
