//! Debian's packages, taken apart without being installed: what some of them install would be started.

use crate::{
    process::{quietly, run},
    stop::Stop,
    tools::in_path,
};
use anyhow::{Context, Result, bail};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Holds the keys of Debian's later releases, too.
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// apt with lists and a cache of its own: it needs no rights, and changes nothing on the machine.
pub struct Debian<'a> {
    work: PathBuf,
    log: &'a Path,
    stop: &'a Stop,
}

impl<'a> Debian<'a> {
    /// In a new folder.
    pub fn new(work: PathBuf, log: &'a Path, stop: &'a Stop) -> Result<Self> {
        if in_path("apt-get").is_none() || in_path("dpkg-deb").is_none() {
            bail!("this machine has no apt-get");
        }
        fs::create_dir_all(work.join("state/lists/partial"))?;
        fs::create_dir_all(work.join("cache/archives/partial"))?;
        Ok(Self { work, log, stop })
    }

    /// Reads the lists of the machine's own release.
    pub fn update(&self) -> Result<()> {
        self.apt(&["update"])
    }

    /// The sources of another release, from where the machine has its own one from, in a folder of their own.
    pub fn sources_of(&self, release: &str) -> Result<Self> {
        let label = ["Created-By: Packages", "Label: Debian"];
        let mut ask = self.command(&["indextargets", "--format", "$(REPO_URI)"]);
        let known = quietly(ask.args(label)).unwrap_or_default();
        let mirror = known.lines().next().context("apt-get knows no mirror of Debian")?;
        let other = Self::new(self.work.join(release), self.log, self.stop)?;
        let line = format!("deb-src [signed-by={KEYRING}] {mirror} {release} main\n");
        fs::write(other.work.join("sources.list"), line)?;
        other.update()?;
        Ok(other)
    }

    /// The packages' files, under the folder that is returned.
    pub fn unpacked(&self, packages: &[&str]) -> Result<PathBuf> {
        let folder = self.work.join("unpacked");
        for package in packages {
            self.apt(&["download", package])?;
            let file = self.file(&format!("{package}_"), ".deb")?;
            self.run(Command::new("dpkg-deb").arg("-x").arg(file).arg(&folder))?;
        }
        Ok(folder)
    }

    /// What the package is made of, as its authors have published it; apt checks Debian's signature over it.
    pub fn source(&self, package: &str) -> Result<PathBuf> {
        self.apt(&["source", "--download-only", package])?;
        let archive = self.file(&format!("{package}_"), ".orig.tar.gz")?;
        let folder = self.work.join("source");
        fs::create_dir_all(&folder)?;
        self.run(Command::new("tar").arg("-xf").arg(archive).args(["--strip-components=1", "-C"]).arg(&folder))?;
        Ok(folder)
    }

    pub fn run(&self, command: &mut Command) -> Result<()> {
        run(command, self.log, self.stop)
    }

    fn apt(&self, arguments: &[&str]) -> Result<()> {
        self.run(&mut self.command(arguments))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut apt = Command::new("apt-get");
        apt.arg("-qq").arg("-o").arg(setting("Dir::State", &self.work.join("state")));
        apt.arg("-o").arg(setting("Dir::Cache", &self.work.join("cache")));
        let sources = self.work.join("sources.list");
        if sources.is_file() {
            apt.arg("-o")
                .arg(setting("Dir::Etc::SourceList", &sources))
                .args(["-o", "Dir::Etc::SourceParts=/dev/null"]);
        }
        // As root it would fetch as an account that cannot enter this folder.
        apt.args(["-o", "APT::Sandbox::User=root"]).args(arguments).current_dir(&self.work);
        apt
    }

    fn file(&self, start: &str, end: &str) -> Result<PathBuf> {
        let is_it = |path: &PathBuf| {
            path.file_name()
                .and_then(|name| name.to_str())
                .is_some_and(|name| name.starts_with(start) && name.ends_with(end))
        };
        let mut files = fs::read_dir(&self.work)?.flatten().map(|entry| entry.path());
        files.find(is_it).with_context(|| format!("apt-get has fetched no {start}…{end}"))
    }
}

fn setting(name: &str, path: &Path) -> String {
    format!("{name}={}", path.display())
}
