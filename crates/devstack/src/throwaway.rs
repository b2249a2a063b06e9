//! A Postgres and a Redis with nothing in them, gone afterwards.

use crate::{
    place::{Place, try_lock},
    ports,
    postgres::{self, Cluster, Durability},
    process::{Running, sweep},
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
    /// The server is `None` while it is cut off; all of it is where somebody else's database is used.
    postgres: Option<(Cluster, Option<Running>)>,
    folders: [PathBuf; 2],
    /// Says to a later run that we still live; see [`remove_dead`].
    _lock: File,
}

impl Throwaway {
    pub fn start(place: &Place, stop: &Stop) -> Result<Self> {
        Self::made(place, given(), Durability::None, stop)
    }

    /// With a Postgres that is always ours, and that keeps what it has committed when it is cut off.
    pub fn durable(place: &Place, stop: &Stop) -> Result<Self> {
        let mut values = given();
        values.remove("DATABASE_URL");
        Self::made(place, values, Durability::Real, stop)
    }

    fn made(place: &Place, values: Values, durability: Durability, stop: &Stop) -> Result<Self> {
        let name = format!("tests/{}", kernel::alphanumeric(8));
        let mut started = {
            // So that nobody takes the new folder for a dead one before its lock is held.
            let making = File::create(place.run().join("tests.lock"))?;
            making.lock()?;
            remove_dead(place)?;
            let folders = [place.dev.join(&name), postgres::far(place).join(&name)];
            fs::create_dir_all(&folders[0])?;
            let lock = try_lock(&folders[0].join("lock"))?.context("a new folder is already locked")?;
            Self { values, stack: Stack::default(), postgres: None, folders, _lock: lock }
        };
        match started.servers(place, (&name, durability), stop) {
            Ok(()) => Ok(started),
            Err(error) => {
                started.end(stop);
                Err(error)
            }
        }
    }

    fn servers(&mut self, place: &Place, (name, durability): (&str, Durability), stop: &Stop) -> Result<()> {
        let needs = Needs {
            postgres: !self.values.contains_key("DATABASE_URL"),
            // The program is needed in any case: some tests start several.
            redis: true,
            traefik: false,
        };
        let tools = Tools::find(place, needs, stop)?;
        let (own, password) = (self.folders[0].clone(), kernel::alphanumeric(24));
        if needs.postgres {
            let url = stage("Starting a throwaway Postgres", || {
                let (which, how) = ((tools.postgres()?, tools.account), (ports::any()?, durability));
                let cluster = Cluster::ensure(place, which, &format!("{name}/postgres"), how, (&password, stop))?;
                let url = cluster.url(&password);
                self.postgres = Some((cluster, None));
                self.start_postgres(stop)?;
                Ok(url)
            })?;
            self.values.insert("DATABASE_URL".to_owned(), url);
        }
        self.values.insert("REDIS_SERVER".to_owned(), tools.redis()?.display().to_string());
        if !self.values.contains_key("REDIS_URL") {
            let port = ports::any()?;
            stage("Starting a throwaway Redis", || {
                self.stack.add(redis::start(tools.redis()?, port, &password, (&own, &own), stop)?);
                Ok(())
            })?;
            self.values.insert("REDIS_URL".to_owned(), redis::url(port, &password));
        }
        Ok(())
    }

    /// Starts it again after [`Self::cut_off_postgres`].
    pub fn start_postgres(&mut self, stop: &Stop) -> Result<()> {
        let (cluster, server) = self.postgres.as_mut().context("the database is not ours")?;
        let running = server.insert(cluster.start(&self.folders[0], &self.folders[0])?);
        cluster.ready(running, stop)
    }

    /// Kills the server with all its backends, in the middle of whatever they do.
    pub fn cut_off_postgres(&mut self) -> Result<()> {
        let (_, server) = self.postgres.as_mut().context("the database is not ours")?;
        server.take().map_or(Ok(()), Running::cut_off)
    }

    /// Ends both and removes their files.
    pub fn end(self, stop: &Stop) {
        self.stack.end_quietly(stop);
        if let Some((_, Some(mut server))) = self.postgres {
            server.end(stop);
        }
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
