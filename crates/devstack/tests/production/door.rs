//! Traefik as production starts it: the flags that Compose reads, the routes of `traefik/dynamic.yml`, two services behind it that
//! repeat what reaches them. Only addresses and folders are this machine's, and the authority of certificates is nobody.

use crate::{compose, folder, root, tool};
use reqwest::{Client, Method, Response, StatusCode, redirect::Policy};
use serde_json::Value;
use std::{
    fs::{self, File},
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

const DOMAIN: &str = "connectors.example.com";

/// A service that answers with the head of what it was sent, after its own name.
async fn upstream(name: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut head = Vec::new();
                let mut buffer = [0; 4096];
                while !head.windows(4).any(|four| four == b"\r\n\r\n") {
                    match stream.read(&mut buffer).await {
                        Ok(0) | Err(_) => return,
                        Ok(count) => head.extend_from_slice(&buffer[..count]),
                    }
                }
                let body = format!("{name}\n{}", String::from_utf8_lossy(&head));
                let answer = format!(
                    "HTTP/1.1 200 OK\r\nServer: upstream\r\nX-Powered-By: upstream\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
                    body.len()
                );
                let _ = stream.write_all(answer.as_bytes()).await;
            });
        }
    });
    address
}

struct Door {
    traefik: Child,
    https: SocketAddr,
    http: SocketAddr,
    log: PathBuf,
    client: Client,
}

impl Drop for Door {
    fn drop(&mut self) {
        let _ = self.traefik.kill();
        let _ = self.traefik.wait();
    }
}

impl Door {
    async fn open(name: &str) -> Self {
        let mut settings = compose::marked();
        settings.remove("COMPOSE_PROFILES");
        settings.insert("DOMAIN".to_owned(), DOMAIN.to_owned());
        // Nobody listens on this port, so no certificate is obtained, and nobody is asked for one.
        settings.insert("ACME_SERVER".to_owned(), "https://127.0.0.1:9/directory".to_owned());
        let production = compose::composed(&compose::PRODUCTION, &[], &settings).expect("a configuration");
        let traefik = &production["services"]["traefik"];
        let own = folder(name);
        let [https, http, ping] = [(); 3].map(|()| SocketAddr::from(([127, 0, 0, 1], testkit::free_port())));
        let here = [
            ("--entryPoints.websecure.address=:8443", format!("--entryPoints.websecure.address={https}")),
            ("--entryPoints.web.address=:8080", format!("--entryPoints.web.address={http}")),
            ("--entryPoints.traefik.address=127.0.0.1:5080", format!("--entryPoints.traefik.address={ping}")),
            ("/etc/traefik/dynamic.yml", root().join("traefik/dynamic.yml").display().to_string()),
            ("/certificates/acme.json", own.join("acme.json").display().to_string()),
        ];
        let flags = traefik["command"]
            .as_array()
            .expect("flags")
            .iter()
            .filter_map(Value::as_str)
            .map(|flag| here.iter().fold(flag.to_owned(), |flag, (there, here)| flag.replace(there, here)));
        let log = own.join("log");
        let output = File::create(&log).expect("a file");
        let mut command = Command::new(tool("bin/traefik"));
        command.env_clear().args(flags).current_dir(&own).stdin(Stdio::null());
        command.stdout(output.try_clone().expect("a file")).stderr(output);
        for (key, value) in traefik["environment"].as_object().expect("an environment") {
            command.env(key, value.as_str().unwrap_or_default());
        }
        command.env("AUTH_UPSTREAM", format!("http://{}", upstream("auth").await));
        command.env("CONNECTORS_UPSTREAM", format!("http://{}", upstream("connectors").await));
        let traefik = command.spawn().expect("Traefik starts");
        let door = Self { traefik, https, http, log, client: client(https) };
        door.wait().await;
        door
    }

    async fn wait(&self) {
        let opened = tokio::time::timeout(testkit::PATIENCE, async {
            let mut often = tokio::time::interval(Duration::from_millis(50));
            while !matches!(self.get("/").await, Ok(answer) if answer.status() == StatusCode::OK) {
                often.tick().await;
            }
        });
        assert!(opened.await.is_ok(), "{}", self.log());
    }

    fn log(&self) -> String {
        fs::read_to_string(&self.log).expect("its log")
    }

    fn url(&self, path: &str) -> String {
        format!("https://{DOMAIN}:{}{path}", self.https.port())
    }

    async fn get(&self, path: &str) -> reqwest::Result<Response> {
        self.client.get(self.url(path)).send().await
    }

    /// Who answered, and what reached them.
    async fn reached(&self, path: &str) -> (String, String) {
        let text = self.get(path).await.expect("an answer").text().await.expect("a body");
        let (name, head) = text.split_once('\n').expect("two parts");
        (name.to_owned(), head.to_owned())
    }
}

/// There is no certificate, because nobody gives one to this machine.
#[expect(clippy::disallowed_methods, reason = "this client stands outside, as a browser does")]
fn client(https: SocketAddr) -> Client {
    let client = Client::builder().tls_danger_accept_invalid_certs(true).redirect(Policy::none());
    client.no_proxy().resolve(DOMAIN, https).build().expect("a client")
}

/// auth's prefixes go to auth; what only looks like them, and all else, to connectors. An encoded slash is an identifier's.
#[tokio::test]
async fn each_path_reaches_its_service() {
    let door = Door::open("door-routes").await;
    for path in ["/api/auth", "/api/auth/token", "/oauth2/authorize", "/.well-known/jwks.json"] {
        assert_eq!(door.reached(path).await.0, "auth", "{path}");
    }
    let others =
        ["/", "/connections", "/api/acme/auth", "/api/authors", "/oauth2", "/.well-known/oauth-protected-resource/mcp"];
    for path in others {
        assert_eq!(door.reached(path).await.0, "connectors", "{path}");
    }
    let (_, head) = door.reached("/proxy/1/projects/a%2Fb?path=c%2Fd").await;
    assert!(head.starts_with("GET /proxy/1/projects/a%2Fb?path=c%2Fd HTTP/1.1\r\n"), "{head}");
    for path in ["/a%5Cb", "/a%00b"] {
        assert_eq!(door.get(path).await.expect("an answer").status(), StatusCode::BAD_REQUEST, "{path}");
    }
}

/// A browser stays with HTTPS for two years, guesses no types, shows no page in a frame, and learns no program's name.
#[tokio::test]
async fn every_answer_is_secured() {
    let door = Door::open("door-headers").await;
    for path in ["/connections", "/api/auth/ok"] {
        let answer = door.get(path).await.expect("an answer");
        let said = |name: &str| answer.headers().get(name).map(|value| value.to_str().expect("text").to_owned());
        assert_eq!(said("strict-transport-security").as_deref(), Some("max-age=63072000; includeSubDomains"));
        assert_eq!(said("x-content-type-options").as_deref(), Some("nosniff"));
        assert_eq!(said("x-frame-options").as_deref(), Some("DENY"));
        assert_eq!(said("referrer-policy").as_deref(), Some("strict-origin-when-cross-origin"));
        let unused = "camera=(), microphone=(), geolocation=(), payment=(), usb=()";
        assert_eq!(said("permissions-policy").as_deref(), Some(unused));
        assert_eq!([said("server"), said("x-powered-by")], [None, None]);
    }
}

/// Plain HTTP is only a way to HTTPS.
#[tokio::test]
async fn plain_http_leads_to_https() {
    let door = Door::open("door-http").await;
    let request = door.client.request(Method::GET, format!("http://{}/connections?limit=5", door.http));
    let answer = request.header("Host", DOMAIN).send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::MOVED_PERMANENTLY);
    let target = answer.headers()["location"].to_str().expect("text");
    assert_eq!(target, format!("https://{DOMAIN}/connections?limit=5"));
}

/// Whoever says in headers that they are somebody else is not believed; the services see the real address.
#[tokio::test]
async fn made_up_addresses_do_not_pass() {
    let door = Door::open("door-spoofed").await;
    let mut request = door.client.get(door.url("/connections"));
    // With underscores: some servers read them as hyphens.
    let names =
        ["X-Forwarded-For", "X-Real-Ip", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Prefix", "X_Tenant_Id"];
    for name in names {
        request = request.header(name, "203.0.113.66");
    }
    request = request.header("Forwarded", "for=203.0.113.66");
    let head = request.send().await.expect("an answer").text().await.expect("a body");
    assert!(!head.contains("203.0.113.66"), "{head}");
    let head = head.to_lowercase();
    let real = ["x-forwarded-for: 127.0.0.1\r\n", "x-forwarded-proto: https\r\n", "x-real-ip: 127.0.0.1\r\n"];
    assert!(real.iter().all(|line| head.contains(line)), "{head}");
}

/// Each request is in the access log, as JSON, with its path and without the code and the state that stand in a query, and
/// without a token.
#[tokio::test]
async fn the_access_log_knows_no_secret() {
    let mut door = Door::open("door-log").await;
    let request = door.client.get(door.url("/oauth/acme/callback?code=canary-code&state=canary-state"));
    let request = request.header("Authorization", "Bearer canary-token").header("Cookie", "a=canary-cookie");
    assert_eq!(request.header("Referer", "https://x/?canary-referer").send().await.expect("an answer").status(), 200);
    // What it has written by its end is all that it writes.
    let terminated = Command::new("kill").arg(door.traefik.id().to_string()).status().expect("kill");
    assert!(terminated.success() && door.traefik.wait().is_ok());
    let log = door.log();
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let found = lines.into_iter().find(|line| line["RequestPath"] == "/oauth/acme/callback").expect("its line");
    assert_eq!((&found["DownstreamStatus"], &found["RequestMethod"]), (&Value::from(200), &Value::from("GET")));
    assert!(!log.contains("canary"), "{log}");
}
