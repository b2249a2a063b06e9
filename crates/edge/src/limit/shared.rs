//! The Redis that all replicas count in: one server, or a cluster; in the clear or by TLS.

use kernel::{Env, Secret};
use redis::{
    Client, FromRedisValue, RedisResult, Script, TlsCertificates,
    aio::{ConnectionManager, ConnectionManagerConfig},
    cluster::{ClusterClient, ClusterClientBuilder},
    cluster_async::ClusterConnection,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{sync::watch, time::timeout};

const CONNECT: Duration = Duration::from_millis(500);
const ANSWER: Duration = Duration::from_millis(250);
/// For a whole cluster.
const REACH: Duration = Duration::from_secs(5);

/// What an address looks like.
const EXAMPLE: &str =
    "redis://:password@127.0.0.1:6379, rediss://… by TLS, redis+cluster://:password@one:6379,two:6379";

/// Where Redis is. Made only of an address that can be used.
#[derive(Clone)]
pub struct Redis {
    nodes: Vec<Secret>,
    is_cluster: bool,
    /// The authority that TLS is checked against, in place of the machine's own; PEM.
    ca: Option<Vec<u8>>,
}

/// The address is not one of a Redis. The text is not repeated, it may hold a password.
#[derive(Debug, thiserror::Error)]
#[error("not a Redis address")]
pub struct LimiterError;

impl Redis {
    /// `REDIS_URL`, and `REDIS_CA_PATH` for an authority of one's own.
    pub fn from_env(env: &Env) -> Option<Self> {
        let url: Option<Secret> = env.optional("REDIS_URL", EXAMPLE);
        let path: Option<String> = env.optional("REDIS_CA_PATH", "/run/secrets/redis-ca.pem");
        let ca = match path.map(std::fs::read).transpose() {
            Ok(ca) => ca,
            Err(error) => {
                env.fault("REDIS_CA_PATH", format!("cannot be read: {}", error.kind()), "/run/secrets/redis-ca.pem");
                None
            }
        };
        let found = Self::parse(url?.expose()).map(|redis| Self { ca, ..redis });
        found.map_err(|error| env.fault("REDIS_URL", error.to_string(), EXAMPLE)).ok()
    }

    /// One address, or for a cluster several hosts after one scheme and one password: `redis+cluster://:password@one:6379,two:6379`.
    pub fn parse(url: &str) -> Result<Self, LimiterError> {
        let (nodes, is_cluster) = match url.split_once("+cluster://") {
            Some((scheme, rest)) => {
                let (user, hosts) = rest.rsplit_once('@').map_or((None, rest), |(user, hosts)| (Some(user), hosts));
                let user = user.map(|user| format!("{user}@")).unwrap_or_default();
                let hosts = hosts.trim_end_matches('/').split(',').filter(|host| !host.is_empty());
                (hosts.map(|host| Secret::from(format!("{scheme}://{user}{host}"))).collect(), true)
            }
            None => (vec![Secret::from(url)], false),
        };
        let redis = Self { nodes, is_cluster, ca: None };
        let is_read =
            !redis.nodes.is_empty() && redis.nodes.iter().all(|node| Client::open(node.expose().as_str()).is_ok());
        if is_read { Ok(redis) } else { Err(LimiterError) }
    }

    /// With this authority in place of the machine's.
    #[must_use]
    pub fn trusting(self, ca: impl Into<Vec<u8>>) -> Self {
        Self { ca: Some(ca.into()), ..self }
    }

    fn certificates(&self) -> TlsCertificates {
        TlsCertificates { client_tls: None, root_cert: self.ca.clone() }
    }
}

/// Connections, made when they are first needed and again when they are lost. Never tried twice for one question: somebody waits
/// for an answer that this process has at hand.
#[derive(Clone)]
pub(super) enum Shared {
    One(ConnectionManager),
    Cluster(Arc<Cluster>),
}

pub(super) struct Cluster {
    client: ClusterClient,
    /// `None` until the cluster has been reached.
    connection: watch::Sender<Option<ClusterConnection>>,
    is_connecting: AtomicBool,
}

impl Cluster {
    /// Reaching a cluster means asking several servers. Whoever needs it waits as long as for one server; the attempt goes on.
    async fn connected(self: &Arc<Self>) -> RedisResult<ClusterConnection> {
        let mut reached = self.connection.subscribe();
        if reached.borrow().is_none() && !self.is_connecting.swap(true, Ordering::AcqRel) {
            let cluster = Arc::clone(self);
            tokio::spawn(async move {
                if let Ok(Ok(connection)) = timeout(REACH, cluster.client.get_async_connection()).await {
                    cluster.connection.send_replace(Some(connection));
                }
                cluster.is_connecting.store(false, Ordering::Release);
            });
        }
        let away = || std::io::Error::from(std::io::ErrorKind::TimedOut);
        let connection = timeout(CONNECT, reached.wait_for(Option::is_some)).await.map_err(|_| away())?;
        Ok(connection.ok().and_then(|connection| connection.clone()).ok_or_else(away)?)
    }
}

impl Shared {
    /// It need not be up yet.
    pub fn to(redis: &Redis) -> Result<Self, LimiterError> {
        if redis.is_cluster {
            let nodes: Vec<&str> = redis.nodes.iter().map(|node| node.expose().as_str()).collect();
            let mut cluster =
                ClusterClientBuilder::new(nodes).retries(0).connection_timeout(CONNECT).response_timeout(ANSWER);
            // Certificates mean TLS, whatever the scheme says.
            if redis.ca.is_some() {
                cluster = cluster.certs(redis.certificates());
            }
            let client = cluster.build().map_err(|_| LimiterError)?;
            let (connection, is_connecting) = (watch::Sender::new(None), AtomicBool::new(false));
            return Ok(Self::Cluster(Arc::new(Cluster { client, connection, is_connecting })));
        }
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(0)
            .set_connection_timeout(Some(CONNECT))
            .set_response_timeout(Some(ANSWER));
        let node = redis.nodes.first().ok_or(LimiterError)?.expose().as_str();
        let client = match &redis.ca {
            Some(_) => Client::build_with_tls(node, redis.certificates()),
            None => Client::open(node),
        };
        let manager = ConnectionManager::new_lazy_with_config(client.map_err(|_| LimiterError)?, config);
        Ok(Self::One(manager.map_err(|_| LimiterError)?))
    }

    /// One key a script: in a cluster it goes to the server that has it.
    pub async fn count(&self, script: &Script, key: &str, arguments: [u64; 2]) -> RedisResult<(u64, u64)> {
        let mut invocation = script.key(key);
        invocation.arg(arguments[0]).arg(arguments[1]);
        match self {
            Self::One(manager) => invocation.invoke_async(&mut manager.clone()).await,
            Self::Cluster(cluster) => invocation.invoke_async(&mut cluster.connected().await?).await,
        }
    }

    pub async fn ask<T: FromRedisValue>(&self, command: &redis::Cmd) -> RedisResult<T> {
        match self {
            Self::One(manager) => command.query_async(&mut manager.clone()).await,
            Self::Cluster(cluster) => command.query_async(&mut cluster.connected().await?).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each host of a cluster gets the scheme and the password; what is no address is told without being repeated.
    #[test]
    fn addresses_are_read() {
        let nodes = |url: &str| {
            let redis = Redis::parse(url).ok()?;
            Some((redis.is_cluster, redis.nodes.iter().map(|node| node.expose().clone()).collect::<Vec<_>>()))
        };
        let one = "rediss://user:pass@redis.example:6380/2";
        assert_eq!(nodes(one), Some((false, vec![one.to_owned()])));
        let several = ["rediss://:p%40ss@one:1", "rediss://:p%40ss@two:2"].map(str::to_owned).to_vec();
        assert_eq!(nodes("rediss+cluster://:p%40ss@one:1,two:2"), Some((true, several)));
        assert_eq!(nodes("redis+cluster://one:1/"), Some((true, vec!["redis://one:1".to_owned()])));
        for wrong in ["", "http://one:1", "redis+cluster://", "redis://", "127.0.0.1:6379", "memcached+cluster://one:1"]
        {
            assert_eq!(nodes(wrong), None, "{wrong}");
        }
        assert_eq!(LimiterError.to_string(), "not a Redis address");
    }
}
