//! Both replicas are replaced under load, one after the other, behind the load balancer that stands before them in production.

use crate::support::{Client, OwnFile, Process, Server, linear_body, linear_signature};
use kernel::Clock;
use reqwest::Method;
use serde_json::{Value, json};
use std::{
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};
use testkit::free_port;
use tokio::{task::JoinSet, time::timeout};

/// Traefik between callers and two replicas. It asks each whether it is ready.
struct Balancer {
    child: Child,
    api: Client,
    _settings: OwnFile,
    url: String,
}

impl Balancer {
    fn start(replicas: &[u16]) -> Self {
        let (web, own) = (free_port(), free_port());
        let servers: Vec<Value> =
            replicas.iter().map(|port| json!({ "url": format!("http://127.0.0.1:{port}") })).collect();
        let check = json!({ "path": "/health/ready", "interval": "200ms", "timeout": "2s" });
        let routers = json!({ "all": { "rule": "PathPrefix(`/`)", "entryPoints": ["web"], "service": "replicas" } });
        let services = json!({ "replicas": { "loadBalancer": { "servers": servers, "healthCheck": check } } });
        // JSON is YAML.
        let settings =
            OwnFile::named("yml", &json!({ "http": { "routers": routers, "services": services } }).to_string());
        let child = Command::new(testkit::tool("bin/traefik"))
            .args([
                "--global.checkNewVersion=false",
                "--global.sendAnonymousUsage=false",
                "--api.insecure=true",
                &format!("--entryPoints.traefik.address=127.0.0.1:{own}"),
                &format!("--entryPoints.web.address=127.0.0.1:{web}"),
                &format!("--providers.file.filename={}", settings.path()),
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let api = Client::new(&format!("http://127.0.0.1:{own}"), false);
        Self { child, api, _settings: settings, url: format!("http://127.0.0.1:{web}") }
    }

    /// Waits until it sends callers to so many.
    async fn knows(&self, up: usize) {
        let asked = async {
            loop {
                let answer = self.api.attempt(Method::GET, "/api/http/services/replicas@file", "").await;
                let up_now = answer.ok().filter(|answer| answer.status == 200).map_or(0, |answer| {
                    let status = answer.json()["serverStatus"].clone();
                    status.as_object().map_or(0, |all| all.values().filter(|one| *one == "UP").count())
                });
                if up_now == up {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(testkit::PATIENCE, asked).await.expect("the load balancer sees it");
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        let _gone_already = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// What callers got that was not what they asked for, and how many calls there were.
#[derive(Default)]
struct Told {
    failures: Mutex<Vec<String>>,
    calls: AtomicUsize,
}

/// Reads, vends and webhooks, one after the other, until it is over.
async fn load(operator: Client, over: Arc<AtomicBool>, told: Arc<Told>) {
    let clock = Clock::system();
    while !over.load(Ordering::Relaxed) {
        let id = uuid::Uuid::now_v7();
        let event = json!({ "action": "create", "type": "Issue", "organizationId": "org", "data": { "id": id } });
        let body = linear_body(event, clock.now().timestamp_millis());
        let vendor = operator
            .with("linear-event", "Issue")
            .with("linear-delivery", &id.to_string())
            .with("linear-signature", &linear_signature(&body));
        for answer in [
            operator.attempt(Method::GET, "/connections", "").await,
            operator.attempt(Method::GET, "/oauth/token/linear", "").await,
            vendor.attempt(Method::POST, "/webhooks/linear", body).await,
        ] {
            told.calls.fetch_add(1, Ordering::Relaxed);
            let failure = match answer {
                Ok(answer) if answer.status == 200 => continue,
                Ok(answer) => format!("{} {}", answer.status, answer.text),
                Err(error) => format!("{error:?}"),
            };
            told.failures.lock().unwrap().push(failure);
        }
    }
}

/// Four restarts, and nobody who reads, takes a token or pushes a webhook notices any.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rolling_restart_fails_no_request() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    server.connected(tenant, "linear", "ada").await;
    let settings = [("DRAIN_DELAY_SECONDS", "2")];
    let ports = [free_port(), free_port()];
    let mut replicas = ports.map(|port| Process::begin_at(&server, port, &settings));
    for replica in &replicas {
        replica.reaches(&server, "/health/ready", 200).await;
    }
    let balancer = Balancer::start(&ports);
    balancer.knows(2).await;
    let (over, told) = (Arc::new(AtomicBool::new(false)), Arc::new(Told::default()));
    let mut callers = JoinSet::new();
    for _ in 0..4 {
        callers.spawn(load(server.operator(tenant).at(&balancer.url), Arc::clone(&over), Arc::clone(&told)));
    }
    for turn in 0..4 {
        let at = turn % 2;
        let port = ports[at];
        replicas[at].terminate();
        balancer.knows(1).await;
        replicas[at].end().await;
        replicas[at] = Process::begin_at(&server, port, &settings);
        replicas[at].reaches(&server, "/health/ready", 200).await;
        balancer.knows(2).await;
    }
    over.store(true, Ordering::Relaxed);
    callers.join_all().await;
    assert_eq!(*told.failures.lock().unwrap(), [""; 0]);
    assert!(told.calls.load(Ordering::Relaxed) > 100);
}
