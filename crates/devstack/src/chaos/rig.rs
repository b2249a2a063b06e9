//! Where it plays: a database that keeps its word when it is cut off, a Redis, and two processes of the service.

use super::deliveries::{Secrets, TENANTS};
use crate::{
    place::Place,
    ports,
    postgres::Cluster,
    probe,
    process::{Running, Spec},
    relay::Relay,
    screen::{stage, tail},
    services::{CONNECTORS, migrate, program},
    settings::Values,
    stop::Stop,
    store::Store,
    throwaway::Throwaway,
};
use anyhow::{Context, Result, bail};
use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use url::Url;
use uuid::Uuid;

/// What a service may do between coming up and being killed.
const LIFE: Duration = Duration::from_millis(400);
/// Under load with a server that follows, before the first one is killed.
const SETTLED: Duration = Duration::from_secs(2);

/// How the services reach the database.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Straight,
    /// By a port behind which another server can take its place.
    Relayed,
}

pub struct Rig<'a> {
    /// Logs, the ledger and what is exported.
    folder: &'a Path,
    pub servers: Throwaway,
    /// `None`: the services know the database's own port.
    relay: Option<Relay>,
    /// Who has taken the database's place.
    standby: Option<(Cluster, Running)>,
    pub store: Store,
    program: PathBuf,
    replicas: [Replica; 2],
    /// The one to be killed next, if it is up.
    next: usize,
    pub secrets: Secrets,
    /// How often a service ended without being killed, which it may while there is no database.
    pub ended_by_themselves: u32,
}

struct Replica {
    name: &'static str,
    port: u16,
    running: Option<Running>,
    /// Since when it has answered.
    up: Option<Instant>,
}

impl Replica {
    fn new(name: &'static str) -> Result<Self> {
        Ok(Self { name, port: ports::any()?, running: None, up: None })
    }

    fn has_lived(&self) -> bool {
        self.up.is_some_and(|since| since.elapsed() > LIFE)
    }

    fn answers(&self) -> bool {
        probe::http(self.port, CONNECTORS.ready) == Some(200)
    }
}

impl<'a> Rig<'a> {
    pub fn start(place: &Place, folder: &'a Path, way: Way, stop: &Stop) -> Result<Self> {
        let program = program(&place.binaries, CONNECTORS.name)?;
        let replicas = [Replica::new("connectors-1")?, Replica::new("connectors-2")?];
        let servers = Throwaway::durable(place, stop)?;
        let url =
            servers.values.get("DATABASE_URL").context("there is no database").and_then(|url| Ok(url.parse::<Url>()?));
        let store = url.and_then(|url| {
            let relay = (way == Way::Relayed).then(|| Relay::to(url.port().unwrap_or(5432))).transpose()?;
            Ok((Store::at(place, url.as_str())?, relay))
        });
        match store {
            Ok((store, relay)) => Ok(Self {
                folder,
                servers,
                relay,
                standby: None,
                store,
                program,
                replicas,
                next: 0,
                secrets: Secrets::made(),
                ended_by_themselves: 0,
            }),
            Err(error) => {
                servers.end(stop);
                Err(error)
            }
        }
    }

    pub fn origins(&self) -> Vec<String> {
        self.replicas.iter().map(|replica| format!("http://127.0.0.1:{}", replica.port)).collect()
    }

    /// Whether both say that they are ready.
    pub fn are_ready(&self) -> bool {
        self.replicas.iter().all(Replica::answers)
    }

    pub fn ledger(&self) -> PathBuf {
        self.folder.join("ledger.jsonl")
    }

    /// The schema, the tenants with their connections, and both services, ready.
    pub fn prepare(&mut self, stop: &Stop) -> Result<()> {
        let environment = self.environment(self.replicas[0].port);
        let log = self.folder.join("migrate.log");
        stage("Applying the migrations", || migrate(&self.program, &environment, &log, stop))?;
        self.store.rows(&people())?;
        stage("Starting two services", || {
            self.revive()?;
            let up = stop.until(Duration::from_mins(1), Duration::from_millis(30), || {
                self.revive()?;
                Ok(self.replicas.iter().all(|replica| replica.up.is_some()).then_some(()))
            })?;
            let last = || tail(&self.folder.join("connectors-1.log"), 15).join("\n    ");
            up.with_context(|| format!("the services are not ready after a minute:\n    {}", last()))
        })
    }

    fn environment(&self, port: u16) -> Values {
        let origin = format!("http://127.0.0.1:{port}");
        let mut values = self.servers.values.clone();
        if let Some(relay) = &self.relay
            && let Some(url) = values.get_mut("DATABASE_URL")
            && let Ok(mut relayed) = url.parse::<Url>()
            && relayed.set_port(Some(relay.port)).is_ok()
        {
            *url = relayed.into();
        }
        let own = [
            ("ENVIRONMENT", "development"),
            ("HOST", "127.0.0.1"),
            ("PORT", &port.to_string()),
            ("PUBLIC_URL", &origin),
            ("AUTH_JWKS_URL", "http://127.0.0.1:9/jwks"),
            ("AUTH_ISSUER", &origin),
            ("AUTH_AUDIENCE", &origin),
            ("ENCRYPTION_KEY", &self.secrets.encryption_key),
            ("OPERATOR_TOKENS", &self.secrets.operator_token),
            ("GITHUB_CLIENT_ID", "gh-chaos"),
            ("GITHUB_CLIENT_SECRET", &self.secrets.client_secret),
            ("GITHUB_WEBHOOK_SECRET", &self.secrets.github),
            ("LINEAR_CLIENT_ID", "lin-chaos"),
            ("LINEAR_CLIENT_SECRET", &self.secrets.client_secret),
            ("LINEAR_WEBHOOK_SECRET", &self.secrets.linear),
            ("SLACK_CLIENT_ID", "sl-chaos"),
            ("SLACK_CLIENT_SECRET", &self.secrets.client_secret),
            ("SLACK_SIGNING_SECRET", &self.secrets.slack),
            ("RUST_LOG", "warn"),
            ("NO_COLOR", "1"),
        ];
        values.extend(own.map(|(key, value)| (key.to_owned(), value.to_owned())));
        values
    }

    /// Starts whoever does not run, and notes who has come up.
    pub fn revive(&mut self) -> Result<()> {
        for at in 0..self.replicas.len() {
            let replica = &mut self.replicas[at];
            if let Some(running) = &mut replica.running {
                if running.ended()?.is_none() {
                    if replica.up.is_none() && replica.answers() {
                        replica.up = Some(Instant::now());
                    }
                    continue;
                }
                self.ended_by_themselves += 1;
            }
            let (name, port) = (replica.name, replica.port);
            let mut spec = Spec::new(name, &self.program).arguments(["serve"]);
            spec.environment = self.environment(port);
            // Nothing that a person has set for services of their own.
            let strangers = std::env::vars().map(|(key, _)| key).filter(|key| key != "PATH");
            spec.without = strangers.filter(|key| !spec.environment.contains_key(key)).collect();
            let replica = &mut self.replicas[at];
            replica.running = Some(spec.start(self.folder, self.folder)?);
            replica.up = None;
        }
        Ok(())
    }

    /// Kills one that has worked for a moment, in turns where both are, and starts it again at once. `false`: none is.
    pub fn kill_one(&mut self) -> Result<bool> {
        let count = self.replicas.len();
        let Some(victim) = (0..count).map(|n| (self.next + n) % count).find(|at| self.replicas[*at].has_lived()) else {
            return Ok(false);
        };
        self.next = (victim + 1) % count;
        let replica = &mut self.replicas[victim];
        replica.up = None;
        if let Some(running) = replica.running.take() {
            running.cut_off()?;
        }
        self.revive()?;
        Ok(true)
    }

    /// Cuts the database off for a while.
    pub fn outage(&mut self, length: Duration, stop: &Stop) -> Result<()> {
        self.servers.cut_off_postgres()?;
        stop.until(length, Duration::from_millis(20), || {
            self.revive()?;
            Ok(None::<()>)
        })?;
        self.servers.start_postgres(stop)
    }

    /// Has a second server follow the database, kills the database, and lets the second one take its place.
    pub fn fail_over(&mut self, place: &Place, stop: &Stop) -> Result<()> {
        let url: Url = self.servers.values.get("DATABASE_URL").context("there is no database")?.parse()?;
        let port = ports::any()?;
        let (standby, running) = self.servers.follow_postgres(port, url.password().unwrap_or_default(), stop)?;
        let (cluster, _) = self.standby.insert((standby, running));
        // Every commit waits for it from here on, also while it is catching up.
        let follows = "select count(*) from pg_stat_replication";
        let following = stop.until(Duration::from_secs(20), Duration::from_millis(50), || {
            Ok((self.store.count(follows)? == 1).then_some(()))
        })?;
        following.context("the standby does not follow")?;
        stop.until(SETTLED, Duration::from_millis(50), || Ok(None::<()>))?;
        self.servers.cut_off_postgres()?;
        cluster.promote(&self.folder.join("promote.log"), stop)?;
        let mut promoted = url;
        let _always_a_port = promoted.set_port(Some(port));
        self.store = Store::at(place, promoted.as_str())?;
        self.relay.as_ref().context("the services know the port of the database that is gone")?.turn_to(port);
        Ok(())
    }

    /// Until nothing waits to be read.
    pub fn drain(&mut self, limit: Duration, stop: &Stop) -> Result<()> {
        let waiting = "select count(*) from delivery_queue where state = 'ready'";
        let empty = stop.until(limit, Duration::from_millis(250), || {
            self.revive()?;
            Ok((self.store.count(waiting)? == 0).then_some(()))
        })?;
        if empty.is_none() {
            let left = self.store.rows(
                "select provider, event, attempts, q.error, count(*)
                 from delivery_queue q
                 left join deliveries d on d.tenant_id = q.tenant_id and d.id = q.delivery_id
                 where q.state = 'ready'
                 group by 1, 2, 3, 4
                 limit 20",
            )?;
            bail!("deliveries still wait to be read after {} s:\n    {}", limit.as_secs(), left.join("\n    "));
        }
        Ok(())
    }

    /// What the checker reads.
    pub fn export(&self) -> Result<()> {
        let tables = [
            (
                "deliveries.csv",
                "select tenant_id, id, s.provider, s.event, s.delivery_id, s.state, encode(sha256(body), 'hex') as body
                 from delivery_states s
                 join deliveries using (tenant_id, id)",
            ),
            ("queue.csv", "select tenant_id, delivery_id, state from delivery_queue"),
            (
                "signals.csv",
                "select tenant_id, position, delivery_id, kind, subject->>'external_id' as subject,
                        (extract(epoch from occurred_at) * 1000000)::bigint as occurred_at
                 from signals",
            ),
            ("feeds.csv", "select tenant_id, last from signal_feeds"),
            ("connections.csv", "select tenant_id, provider, org_id from connections where status <> 'revoked'"),
        ];
        tables.iter().try_for_each(|(file, query)| self.store.export(query, &self.folder.join(file)))
    }

    pub fn end(mut self, stop: &Stop) {
        for replica in &mut self.replicas {
            if let Some(mut running) = replica.running.take() {
                running.end(stop);
            }
        }
        if let Some((_, mut server)) = self.standby.take() {
            server.end(stop);
        }
        self.servers.end(stop);
    }
}

/// Tenants, and connections of organisations that several of them share. They have no grants: nobody is asked for anything.
fn people() -> String {
    let tenants: Vec<String> = TENANTS.iter().map(|id| format!("('{id}', 'organization')")).collect();
    let connected = [
        ("linear", "org-rose", 0),
        ("linear", "org-rose", 1),
        ("linear", "org-thorn", 2),
        ("slack", "T0ROSE", 0),
        ("slack", "T0ROSE", 3),
    ];
    let connections: Vec<String> = connected
        .iter()
        .map(|(provider, organisation, tenant)| {
            let (id, tenant) = (Uuid::now_v7(), TENANTS[*tenant]);
            format!(
                "('{tenant}', '{id}', '{provider}', 'account', '{organisation}', '{organisation}', 'chaos', 'active',
                  '{{\"status\": \"active\"}}', now(), now())"
            )
        })
        .collect();
    format!(
        "insert into tenants (id, kind) values {};
         insert into connections
           (tenant_id, id, provider, kind, account_id, org_id, display_name, status, status_detail, created_at, updated_at)
         values {}",
        tenants.join(", "),
        connections.join(", ")
    )
}
