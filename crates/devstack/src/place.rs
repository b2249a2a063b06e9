//! Where things are: the checkout, and `.dev/` in it, which holds everything this tool makes.

use crate::account::Account;
use anyhow::{Context, Result, bail};
use std::{
    fs::{self, File, Permissions, TryLockError},
    io::Write,
    os::unix::fs::{OpenOptionsExt, PermissionsExt, chown},
    path::{Path, PathBuf},
};

pub struct Place {
    /// The checkout.
    pub root: PathBuf,
    /// `.dev` in it.
    pub dev: PathBuf,
    /// The folder of this program, where cargo also puts the services.
    pub binaries: PathBuf,
}

impl Place {
    /// The nearest folder upwards that holds the proxy's configuration: the checkout.
    pub fn find() -> Result<Self> {
        let here = std::env::current_dir().context("the current folder cannot be read")?;
        let Some(root) = here.ancestors().find(|folder| folder.join("traefik/dynamic.yml").is_file()) else {
            bail!("this is not a checkout of Connectors: go to its folder and run the command again");
        };
        let program = std::env::current_exe().context("this program cannot find itself")?;
        let binaries = program.parent().unwrap_or(root).to_owned();
        Ok(Self { root: root.to_owned(), dev: root.join(".dev"), binaries })
    }

    pub fn logs(&self) -> PathBuf {
        self.dev.join("logs")
    }

    /// The records of what runs, see [`crate::process::Record`].
    pub fn run(&self) -> PathBuf {
        self.dev.join("run")
    }

    pub fn venv(&self) -> PathBuf {
        self.dev.join("venv")
    }

    /// A path as a person would type it in the checkout.
    pub fn short<'a>(&self, path: &'a Path) -> std::path::Display<'a> {
        path.strip_prefix(&self.root).unwrap_or(path).display()
    }

    /// Makes `.dev/`. Only the owner may enter; under root also the group of the account that Postgres runs as, which
    /// has to pass through to its data.
    pub fn prepare(&self) -> Result<()> {
        for folder in [&self.dev, &self.logs(), &self.run()] {
            fs::create_dir_all(folder).with_context(|| self.cannot_write(folder))?;
            fs::set_permissions(folder, Permissions::from_mode(0o700)).with_context(|| self.cannot_write(folder))?;
        }
        let id = self.dev.join("id");
        if !id.is_file() {
            write_private(&id, &kernel::alphanumeric(12))?;
        }
        if let Some(account) = Account::for_servers()? {
            chown(&self.dev, None, Some(account.gid)).with_context(|| self.cannot_write(&self.dev))?;
            fs::set_permissions(&self.dev, Permissions::from_mode(0o710))?;
        }
        Ok(())
    }

    fn cannot_write(&self, path: &Path) -> String {
        let (path, dev) = (self.short(path), self.short(&self.dev));
        format!("{path} cannot be written; if another user made it, run: sudo chown -R \"$(id -u)\" {dev}")
    }

    /// Held for as long as a stack runs; the system lets go of it however the holder ends. `None`: somebody holds it.
    pub fn lock(&self) -> Result<Option<File>> {
        try_lock(&self.run().join("lock")).with_context(|| self.cannot_write(&self.run()))
    }
}

/// `None`: somebody else holds it.
pub fn try_lock(path: &Path) -> Result<Option<File>> {
    let file = File::options().create(true).truncate(false).write(true).mode(0o600).open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

/// Writes a file that only the owner may read, whole or not at all.
pub fn write_private(path: &Path, content: &str) -> Result<()> {
    let told = || format!("{} cannot be written", path.display());
    let draft = path.with_extension("new");
    let _ = fs::remove_file(&draft);
    let mut file = File::options().create_new(true).write(true).mode(0o600).open(&draft).with_context(told)?;
    file.write_all(content.as_bytes()).with_context(told)?;
    fs::rename(&draft, path).with_context(told)
}
