//! A Postgres and a Redis with nothing in them, gone afterwards.

use crate::{
    place::{Place, try_lock},
    ports,
    postgres::{self, Cluster, Durability},
    process::{Running, Signal, signal_family, signal_one, sweep},
    redis,
    screen::stage,
    settings::Values,
    stop::Stop,
    tools::{Needs, Tools, children},
};
use anyhow::{Context, Result};
use std::{fs, fs::File, path::PathBuf};

/// The Redis that is ours; the server is `None` while it is cut off.
struct OwnRedis {
    program: PathBuf,
    port: u16,
    password: String,
    running: Option<Running>,
}

/// An own TEST_DATABASE_URL or TEST_REDIS_URL takes the place of ours.
pub struct Throwaway {
    /// DATABASE_URL and REDIS_URL.
    pub values: Values,
    /// The server is `None` while it is cut off; all of it is where somebody else's database is used.
    postgres: Option<(Cluster, Option<Running>)>,
    redis: Option<OwnRedis>,
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
            Self { values, postgres: None, redis: None, folders, _lock: lock }
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
        let password = kernel::alphanumeric(24);
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
            // A dump can be taken by programs of the server's own version, or later ones.
            let programs = tools.postgres()?.folder.display().to_string();
            self.values.insert("POSTGRES_PROGRAMS".to_owned(), programs);
        }
        self.values.insert("REDIS_SERVER".to_owned(), tools.redis()?.display().to_string());
        if !self.values.contains_key("REDIS_URL") {
            let port = ports::any()?;
            stage("Starting a throwaway Redis", || {
                let program = tools.redis()?.to_owned();
                self.redis = Some(OwnRedis { program, port, password: password.clone(), running: None });
                self.start_redis(stop)
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

    pub fn start_redis(&mut self, stop: &Stop) -> Result<()> {
        let redis = self.redis.as_mut().context("the Redis is not ours")?;
        let folders = (self.folders[0].as_path(), self.folders[0].as_path());
        redis.running = Some(redis::start(&redis.program, redis.port, &redis.password, folders, stop)?);
        Ok(())
    }

    /// Kills it.
    pub fn cut_off_redis(&mut self) -> Result<()> {
        let redis = self.redis.as_mut().context("the Redis is not ours")?;
        redis.running.take().map_or(Ok(()), Running::cut_off)
    }

    /// To the Redis.
    pub fn signal_redis(&self, signal: Signal) {
        if let Some(running) = self.redis.as_ref().and_then(|redis| redis.running.as_ref()) {
            signal_one(running.pid(), signal);
        }
    }

    /// To the database and all its backends.
    pub fn signal_postgres(&self, signal: Signal) {
        if let Some(running) = self.postgres.as_ref().and_then(|(_, server)| server.as_ref()) {
            signal_family(running.pid(), signal);
        }
    }

    /// Has another server follow the database, and starts that one.
    pub fn follow_postgres(&self, port: u16, password: &str, stop: &Stop) -> Result<(Cluster, Running)> {
        let (cluster, server) = self.postgres.as_ref().context("the database is not ours")?;
        let log = self.folders[0].join("standby.log");
        let running = server.as_ref().context("the database is cut off")?;
        let standby = cluster.followed(running, port, (password, &log, stop))?;
        let own = self.folders[0].join("standby");
        fs::create_dir_all(&own)?;
        let mut running = standby.start(&own, &own)?;
        standby.ready(&mut running, stop)?;
        Ok((standby, running))
    }

    /// Kills the server with all its backends, in the middle of whatever they do.
    pub fn cut_off_postgres(&mut self) -> Result<()> {
        let (_, server) = self.postgres.as_mut().context("the database is not ours")?;
        server.take().map_or(Ok(()), Running::cut_off)
    }

    /// Ends both and removes their files.
    pub fn end(self, stop: &Stop) {
        if let Some((_, Some(mut server))) = self.postgres {
            server.end(stop);
        }
        if let Some(OwnRedis { running: Some(mut server), .. }) = self.redis {
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
