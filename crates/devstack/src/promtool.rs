//! promtool checks and tries the alert rules. No wheel has it; Debian's package of Prometheus does, and is unpacked without being
//! installed: that would start a Prometheus.

use crate::{process::run, stop::Stop, tools::in_path};
use anyhow::{Context, Result, bail};
use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

const MEND: &str = "put promtool, which comes with Prometheus, into a folder of PATH";

/// `folder/bin/promtool` leads to the machine's own, or is Debian's.
pub fn provide(folder: &Path, log: &Path, stop: &Stop) -> Result<()> {
    let place = folder.join("bin/promtool");
    if let Some(own) = in_path("promtool") {
        return Ok(symlink(own, place)?);
    }
    if in_path("apt-get").is_none() || in_path("dpkg-deb").is_none() {
        bail!("promtool is needed; {MEND}");
    }
    let work = folder.join("apt");
    let unpacked = work.join("unpacked");
    fetch(&work, &unpacked, log, stop).with_context(|| format!("promtool cannot be fetched; {MEND}"))?;
    fs::rename(unpacked.join("usr/bin/promtool"), place).context("the package has no promtool")?;
    Ok(fs::remove_dir_all(work)?)
}

/// With lists and a cache of its own, apt needs no rights.
fn fetch(work: &Path, unpacked: &Path, log: &Path, stop: &Stop) -> Result<()> {
    let (state, cache) = (work.join("state"), work.join("cache"));
    fs::create_dir_all(state.join("lists/partial"))?;
    fs::create_dir_all(cache.join("archives/partial"))?;
    let apt = |arguments: &[&str]| {
        let mut apt = Command::new("apt-get");
        apt.arg("-qq").arg("-o").arg(setting("Dir::State", &state)).arg("-o").arg(setting("Dir::Cache", &cache));
        // As root it would fetch as an account that cannot enter this folder.
        apt.args(["-o", "APT::Sandbox::User=root"]).args(arguments).current_dir(work);
        run(&mut apt, log, stop)
    };
    apt(&["update"])?;
    apt(&["download", "prometheus"])?;
    let Some(package) = package(work)? else { bail!("apt-get has fetched no package") };
    run(Command::new("dpkg-deb").arg("-x").arg(package).arg(unpacked), log, stop)
}

fn setting(name: &str, folder: &Path) -> String {
    format!("{name}={}", folder.display())
}

fn package(work: &Path) -> Result<Option<PathBuf>> {
    let files = fs::read_dir(work)?.flatten().map(|entry| entry.path());
    Ok(files.into_iter().find(|path| path.extension().is_some_and(|extension| extension == "deb")))
}
