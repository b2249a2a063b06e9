//! promtool checks and tries the alert rules. No wheel has it; Debian's package of Prometheus does.

use crate::{debian::Debian, stop::Stop, tools::in_path};
use anyhow::{Context, Result};
use std::{fs, os::unix::fs::symlink, path::Path};

/// `folder/bin/promtool` leads to the machine's own, or is Debian's.
pub fn provide(folder: &Path, log: &Path, stop: &Stop) -> Result<()> {
    let place = folder.join("bin/promtool");
    if let Some(own) = in_path("promtool") {
        return Ok(symlink(own, place)?);
    }
    fetch(&folder.join("apt"), &place, (log, stop))
        .context("promtool cannot be fetched; put it, which comes with Prometheus, into a folder of PATH")
}

fn fetch(work: &Path, place: &Path, (log, stop): (&Path, &Stop)) -> Result<()> {
    let debian = Debian::new(work.to_owned(), log, stop)?;
    debian.update()?;
    let unpacked = debian.unpacked(&["prometheus"])?;
    fs::rename(unpacked.join("usr/bin/promtool"), place).context("the package has no promtool")?;
    Ok(fs::remove_dir_all(work)?)
}
