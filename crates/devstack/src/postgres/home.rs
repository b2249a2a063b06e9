//! Where a cluster's files are: in `.dev/`, unless root's stand-in cannot reach it there.

use crate::{account::Account, place::Place};
use anyhow::{Context, Result, bail};
use std::{
    fs::{self, DirBuilder, Permissions},
    io::ErrorKind,
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown},
    path::{Path, PathBuf},
};

/// The folder of that name, made if need be, which the account can use.
pub fn prepare(place: &Place, name: &str, account: Option<Account>) -> Result<PathBuf> {
    let near = place.dev.join(name);
    let Some(account) = account else { return make(&near, None) };
    if make(&near, Some(account)).is_ok_and(|folder| account.can_write(&folder)) {
        return Ok(near);
    }
    let _ = fs::remove_dir(&near);
    make(&elsewhere(place)?.join(name), Some(account))
}

/// Outside of the checkout, by a name that belongs to this `.dev`: whoever removes `.dev` starts afresh.
pub fn elsewhere(place: &Place) -> Result<PathBuf> {
    let folder = far(place);
    make(&folder, None)?;
    fs::set_permissions(&folder, Permissions::from_mode(0o711))?;
    Ok(folder)
}

/// Where [`elsewhere`] is, whether it was made or not.
pub fn far(place: &Place) -> PathBuf {
    let id = fs::read_to_string(place.dev.join("id")).unwrap_or_default();
    Path::new("/var/tmp").join(format!("connectors-dev-{}", id.trim()))
}

/// The version that made the lasting cluster.
pub fn existing_major(place: &Place) -> Option<u32> {
    let files = [place.dev.join("postgres"), far(place).join("postgres")].map(|home| home.join("data/PG_VERSION"));
    files.iter().find_map(|file| fs::read_to_string(file).ok()?.trim().parse().ok())
}

/// In a folder where everybody may write, somebody else may have been quicker; theirs is not taken.
fn make(folder: &Path, account: Option<Account>) -> Result<PathBuf> {
    let told = || format!("{} cannot be made", folder.display());
    let parent = folder.parent().unwrap_or(folder);
    fs::create_dir_all(parent).with_context(told)?;
    match DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => {
            if let Some(account) = account {
                chown(folder, Some(account.uid), Some(account.gid)).with_context(told)?;
            }
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let data = fs::symlink_metadata(folder).with_context(told)?;
            let owner = account.map_or(fs::metadata("/proc/self")?.uid(), |account| account.uid);
            if !(data.is_dir() && data.uid() == owner) {
                bail!("{0} belongs to another user; remove it first: sudo rm -r {0}", folder.display());
            }
        }
        Err(error) => return Err(error).with_context(told),
    }
    Ok(folder.to_owned())
}
