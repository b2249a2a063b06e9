//! A Postgres and a Redis with nothing in them, gone afterwards.

use crate::{
    place::{Place, try_lock},
    ports,
    postgres::{self, Cluster, Durability},
    process::sweep,
    redis,
    screen::stage,
    settings::Values,
    stack::Stack,
    stop::Stop,
    tools::{Needs, Tools, children},
};
use anyhow::{Context, Result};
use std::{fs, fs::File, path::PathBuf};

/// An own TEST_DATABASE_URL or TEST_REDIS_URL takes the place of ours.
pub struct Throwaway {
    /// DATABASE_URL and REDIS_URL.
    pub values: Values,
    stack: Stack,
    folders: [PathBuf; 2],
    /// Says to a later run that we still live; see [`remove_dead`].
    _lock: File,
}

impl Throwaway {
    pub fn start(place: &Place, stop: &Stop) -> Result<Self> {
        let name = format!("tests/{}", kernel::alphanumeric(8));
        let mut started = {
            // So that nobody takes the new folder for a dead one before its lock is held.
            let making = File::create(place.run().join("tests.lock"))?;
            making.lock()?;
            remove_dead(place)?;
            let folders = [place.dev.join(&name), postgres::far(place).join(&name)];
            fs::create_dir_all(&folders[0])?;
            let lock = try_lock(&folders[0].join("lock"))?.context("a new folder is already locked")?;
            Self { values: given(), stack: Stack::default(), folders, _lock: lock }
        };
        match started.servers(place, &name, stop) {
            Ok(()) => Ok(started),
            Err(error) => {
                started.end(stop);
                Err(error)
            }
        }
    }

    fn servers(&mut self, place: &Place, name: &str, stop: &Stop) -> Result<()> {
        let needs = Needs {
            postgres: !self.values.contains_key("DATABASE_URL"),
            redis: !self.values.contains_key("REDIS_URL"),
            traefik: false,
        };
        let tools = Tools::find(place, needs, stop)?;
        let (own, password) = (self.folders[0].clone(), kernel::alphanumeric(24));
        if needs.postgres {
            let url = stage("Starting a throwaway Postgres", || {
                let (which, how) = ((tools.postgres()?, tools.account), (ports::any()?, Durability::None));
                let cluster = Cluster::ensure(place, which, &format!("{name}/postgres"), how, (&password, stop))?;
                cluster.ready(self.stack.add(cluster.start(&own, &own)?), stop)?;
                Ok(cluster.url(&password))
            })?;
            self.values.insert("DATABASE_URL".to_owned(), url);
        }
        if needs.redis {
            let port = ports::any()?;
            stage("Starting a throwaway Redis", || {
                self.stack.add(redis::start(tools.redis()?, port, &password, (&own, &own), stop)?);
                Ok(())
            })?;
            self.values.insert("REDIS_URL".to_owned(), redis::url(port, &password));
        }
        Ok(())
    }

    /// Ends both and removes their files.
    pub fn end(self, stop: &Stop) {
        self.stack.end_quietly(stop);
        for folder in &self.folders {
            let _ = fs::remove_dir_all(folder);
        }
    }
}

fn given() -> Values {
    let wanted = [("TEST_DATABASE_URL", "DATABASE_URL"), ("TEST_REDIS_URL", "REDIS_URL")];
    let set: Values = std::env::vars().filter(|(_, value)| !value.is_empty()).collect();
    wanted.iter().filter_map(|(theirs, ours)| Some(((*ours).to_owned(), set.get(*theirs)?.clone()))).collect()
}

/// Cleans up after runs that were killed: their lock is free.
fn remove_dead(place: &Place) -> Result<()> {
    for folder in children(&place.dev.join("tests")) {
        if matches!(try_lock(&folder.join("lock")), Ok(Some(_))) {
            sweep(&folder)?;
            let name = folder.file_name().unwrap_or_default();
            let _ = fs::remove_dir_all(postgres::far(place).join("tests").join(name));
            let _ = fs::remove_dir_all(&folder);
        }
    }
    Ok(())
}
