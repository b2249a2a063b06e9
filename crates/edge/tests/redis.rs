//! Limits counted by a cluster of Redis servers, and through TLS.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking")]

use edge::{Limit, Limiter, Redis, Rule};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use redis::{Client, cmd};
use std::{
    env, fs,
    io::Write,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};

const LIMIT: Limit = Limit { name: "api", quota: 10, window: Duration::from_mins(1), rule: Rule::Fixed };

/// One server of a cluster; it ends with this value.
struct Node {
    child: Child,
    port: u16,
    bus: u16,
    folder: PathBuf,
}

impl Node {
    fn start() -> Self {
        let (port, bus) = (testkit::free_port(), testkit::free_port());
        let folder = env::temp_dir().join(format!("cluster-{}", kernel::alphanumeric(12)));
        fs::create_dir(&folder).unwrap();
        let mut child = Command::new(testkit::redis_server())
            .arg("-")
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let settings = format!(
            "bind 127.0.0.1\nport {port}\ncluster-enabled yes\ncluster-port {bus}\ncluster-require-full-coverage no\n\
             cluster-node-timeout 60000\nsave \"\"\ndir {}\n",
            folder.display()
        );
        child.stdin.take().unwrap().write_all(settings.as_bytes()).unwrap();
        Self { child, port, bus, folder }
    }

    async fn ask<T: redis::FromRedisValue>(&self, command: &redis::Cmd) -> Option<T> {
        let client = Client::open(format!("redis://127.0.0.1:{}", self.port)).unwrap();
        command.query_async(&mut client.get_multiplexed_async_connection().await.ok()?).await.ok()
    }

    /// Waits until `command` brings what `holds` wants.
    async fn until(&self, command: &redis::Cmd, holds: impl Fn(&str) -> bool) {
        let asked = async {
            while !self.ask::<String>(command).await.is_some_and(|answer| holds(&answer)) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(testkit::PATIENCE, asked).await.expect("the server comes up");
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _gone_already = self.child.kill();
        let _reaped = self.child.wait();
        let _left = fs::remove_dir_all(&self.folder);
    }
}

/// Three servers that share the slots, and the address of two of them.
async fn cluster() -> (Vec<Node>, Redis) {
    let nodes: Vec<Node> = (0..3).map(|_| Node::start()).collect();
    for (node, (from, to)) in nodes.iter().zip([(0, 5460), (5461, 10922), (10923, 16383)]) {
        node.until(&cmd("PING"), |answer| answer == "PONG").await;
        node.until(cmd("CLUSTER").arg("ADDSLOTSRANGE").arg(from).arg(to), |answer| answer == "OK").await;
    }
    for other in &nodes[1..] {
        let meet = ["MEET".to_owned(), "127.0.0.1".to_owned(), other.port.to_string(), other.bus.to_string()];
        nodes[0].until(cmd("CLUSTER").arg(&meet), |answer| answer == "OK").await;
    }
    for node in &nodes {
        let is_whole =
            |answer: &str| answer.contains("cluster_state:ok") && answer.contains("cluster_slots_assigned:16384");
        node.until(cmd("CLUSTER").arg("INFO"), is_whole).await;
    }
    let url = format!("redis+cluster://127.0.0.1:{},127.0.0.1:{}", nodes[0].port, nodes[1].port);
    let redis = Redis::parse(&url).unwrap();
    (nodes, redis)
}

async fn passed(limiters: &[Limiter], caller: &str) -> usize {
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..15 {
        let (limiter, caller) = (limiters[n % limiters.len()].clone(), caller.to_owned());
        tasks.spawn(async move { limiter.count_or_close(LIMIT, &caller).await.is_ok_and(|verdict| verdict.allowed()) });
    }
    tasks.join_all().await.into_iter().filter(|allowed| *allowed).count()
}

/// Callers that lie on different servers are counted exactly, by two processes together. With a server gone its callers are still
/// answered, by the count of this process.
#[tokio::test]
async fn a_cluster_counts_exactly() {
    let (mut nodes, redis) = cluster().await;
    let limiters = [Limiter::shared(&redis).unwrap(), Limiter::shared(&redis).unwrap()];
    for limiter in &limiters {
        let reached = async { while limiter.ping().await != Some(true) {} };
        timeout(testkit::PATIENCE, reached).await.expect("the cluster is reached");
    }
    for n in 0..20 {
        assert_eq!(passed(&limiters, &format!("caller-{n}")).await, 10, "caller {n}");
    }
    for node in &nodes {
        assert!(node.ask::<u64>(&cmd("DBSIZE")).await.unwrap() > 0, "each server has some of them");
    }
    limiters[0].forget(LIMIT, "caller-0").await;
    assert_eq!(passed(&limiters, "caller-0").await, 10);
    drop(nodes.remove(2));
    for n in 20..40 {
        assert!(limiters[0].count(LIMIT, &format!("caller-{n}")).await.allowed());
    }
}

/// The Redis of the tests behind TLS: counted where its authority is trusted, and never asked where it is not.
#[tokio::test]
async fn redis_is_asked_through_tls() {
    let _installed = tokio_rustls::rustls::crypto::aws_lc_rs::default_provider().install_default();
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(["localhost".to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key.serialize_der().try_into().unwrap())
        .unwrap();
    let plain: url::Url = testkit::redis_url().parse().unwrap();
    let (acceptor, listener) = (TlsAcceptor::from(Arc::new(config)), TcpListener::bind("127.0.0.1:0").await.unwrap());
    let behind = format!("{}:{}", plain.host_str().unwrap(), plain.port().unwrap());
    let mut url = plain.clone();
    url.set_host(Some("localhost")).unwrap();
    url.set_port(Some(listener.local_addr().unwrap().port())).unwrap();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let (acceptor, behind) = (acceptor.clone(), behind.clone());
            tokio::spawn(async move {
                let mut outer = acceptor.accept(socket).await?;
                let mut inner = TcpStream::connect(behind).await?;
                copy_bidirectional(&mut outer, &mut inner).await
            });
        }
    });
    let address = url.as_str().replacen("redis://", "rediss://", 1);
    let trusting = Redis::parse(&address).unwrap().trusting(authority.pem());
    let limiters =
        [Limiter::shared(&trusting).unwrap(), Limiter::shared(&Redis::parse(plain.as_str()).unwrap()).unwrap()];
    assert_eq!(limiters[0].ping().await, Some(true));
    assert_eq!(passed(&limiters, &kernel::token()).await, 10, "both count in the same Redis");
    let wary = Limiter::shared(&Redis::parse(&address).unwrap()).unwrap();
    assert_eq!(wary.ping().await, Some(false));
    assert!(wary.count_or_close(LIMIT, "anybody").await.is_err());
}
