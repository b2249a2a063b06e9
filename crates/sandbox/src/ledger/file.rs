//! The state file: readable by its owner only, and replaced in one step, so that a crash leaves the old or the new one.

use super::Ledger;
use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

#[derive(Debug, thiserror::Error)]
pub enum StateFileError {
    #[error("the state file {} cannot be read", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("the state file {} is not one of ours; remove it to start afresh", path.display())]
    NotOurs { path: PathBuf, source: serde_json::Error },
}

/// `None` when there is no file yet.
pub(super) fn read(path: &Path) -> Result<Option<Ledger>, StateFileError> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(StateFileError::Unreadable { path: path.to_owned(), source }),
    };
    let parsed = serde_json::from_slice(&text);
    parsed.map(Some).map_err(|source| StateFileError::NotOurs { path: path.to_owned(), source })
}

pub(super) fn write(path: &Path, ledger: &Ledger) -> io::Result<()> {
    let fresh = path.with_extension("new");
    // A leftover of a crash may have any mode; the mode below only counts for a file that is created here.
    match fs::remove_file(&fresh) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
    file.write_all(&serde_json::to_vec(ledger)?)?;
    file.sync_all()?;
    fs::rename(&fresh, path)
}
