//! PgBouncer, through which the stories of a pooler run. It has to know prepared statements, which it does from 1.21 on; Debian 12 has
//! an older one, so that a newer release's source is built, without what the tests do not need.

use crate::{
    debian::Debian,
    process::quietly,
    stop::Stop,
    tools::{children, in_path},
};
use anyhow::{Context, Result};
use std::{fs, os::unix::fs::symlink, path::Path, process::Command};

const OLDEST: (u32, u32) = (1, 21);
const MEND: &str = "put a PgBouncer of 1.21 or newer into a folder of PATH";
/// The release after Debian 12.
const RELEASE: &str = "trixie";

/// `folder/bin/pgbouncer` leads to the machine's own, if that is new enough, or is built.
pub fn provide(folder: &Path, log: &Path, stop: &Stop) -> Result<()> {
    let place = folder.join("bin/pgbouncer");
    let new_enough = |own: &std::path::PathBuf| {
        let version = quietly(Command::new(own).arg("--version"));
        version.is_some_and(|text| version_of(&text).is_some_and(|version| version >= OLDEST))
    };
    if let Some(own) = in_path("pgbouncer").filter(new_enough) {
        return Ok(symlink(own, place)?);
    }
    build(folder, &place, (log, stop)).with_context(|| format!("PgBouncer cannot be built; {MEND}"))
}

fn build(folder: &Path, place: &Path, (log, stop): (&Path, &Stop)) -> Result<()> {
    let work = folder.join("apt");
    // libevent is the machine's release's, as the C library that it is linked with.
    let own = Debian::new(work.clone(), log, stop)?;
    own.update()?;
    let libevent = own.unpacked(&["libevent-dev"])?.join("usr");
    let source = own.sources_of(RELEASE)?.source("pgbouncer")?;

    let libraries = children(&libevent.join("lib")).into_iter();
    let mut found = libraries.map(|machine| machine.join("libevent.a"));
    let library = found.find(|file| file.is_file()).context("libevent-dev has no libevent.a")?;
    let machine = library.parent().and_then(Path::file_name).context("libevent.a lies in no folder")?;
    let include = libevent.join("include");
    let mut configure = Command::new("./configure");
    configure.args(["--without-openssl", "--without-cares", "--without-pam", "--without-systemd"]).current_dir(&source);
    configure.env("LIBEVENT_LIBS", &library);
    configure.env("LIBEVENT_CFLAGS", format!("-I{0} -I{0}/{1}", include.display(), machine.to_string_lossy()));
    own.run(&mut configure)?;
    own.run(Command::new("make").args(["-j2", "pgbouncer"]).current_dir(&source))?;
    fs::rename(source.join("pgbouncer"), place)?;
    Ok(fs::remove_dir_all(work)?)
}

/// `PgBouncer 1.24.1`
fn version_of(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.strip_prefix("PgBouncer ")?.split_whitespace().next()?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first two numbers of the first line, and nothing else.
    #[test]
    fn the_version_is_read() {
        let read = ["PgBouncer 1.24.1\nlibevent 2.1\n", "PgBouncer 1.21\n", "PgBouncer\n", "1.24.1"].map(version_of);
        assert_eq!(read, [Some((1, 24)), Some((1, 21)), None, None]);
    }
}
