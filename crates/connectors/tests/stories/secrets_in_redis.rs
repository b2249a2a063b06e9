//! What the shared Redis is told about those who come.

use crate::support::{OPERATOR, Server};
use kernel::UserId;
use serde_json::json;
use testkit::canary::{CANARY, found};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};
use url::Url;

/// A Redis, asked in its own protocol (RESP2).
struct Redis(BufReader<TcpStream>);

impl Redis {
    async fn open(url: &Url) -> Self {
        let address = (url.host_str().unwrap(), url.port().unwrap_or(6379));
        let mut redis = Self(BufReader::new(TcpStream::connect(address).await.unwrap()));
        if let Some(password) = url.password() {
            redis.ask(&[b"AUTH", password.as_bytes()]).await;
            assert_eq!(redis.text().await.unwrap(), b"OK");
        }
        redis.ask(&[b"SELECT", url.path().trim_start_matches('/').as_bytes()]).await;
        assert_eq!(redis.text().await.unwrap(), b"OK");
        redis
    }

    async fn ask(&mut self, words: &[&[u8]]) {
        let mut request = format!("*{}\r\n", words.len()).into_bytes();
        for word in words {
            request.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
            request.extend_from_slice(word);
            request.extend_from_slice(b"\r\n");
        }
        self.0.write_all(&request).await.unwrap();
    }

    /// The next line: what kind of answer it begins, and the rest of it.
    async fn line(&mut self) -> (u8, String) {
        let mut line = String::new();
        self.0.read_line(&mut line).await.unwrap();
        (line.as_bytes()[0], line[1..].trim_end().to_owned())
    }

    /// An answer that is one text, or nothing.
    async fn text(&mut self) -> Option<Vec<u8>> {
        match self.line().await {
            (b'+', word) => Some(word.into_bytes()),
            (b'$', length) => {
                let length: usize = length.parse().ok()?;
                let mut text = vec![0; length + 2];
                self.0.read_exact(&mut text).await.unwrap();
                text.truncate(length);
                Some(text)
            }
            (kind, rest) => panic!("not a text: {}{rest}", char::from(kind)),
        }
    }

    /// Every key with its value. All of ours are texts.
    async fn everything(&mut self) -> Vec<(Vec<u8>, Vec<u8>)> {
        self.ask(&[b"KEYS", b"*"]).await;
        let (kind, count) = self.line().await;
        assert_eq!(kind, b'*', "{count}");
        let mut keys = Vec::new();
        for _ in 0..count.parse().unwrap() {
            keys.push(self.text().await.unwrap());
        }
        let mut pairs = Vec::new();
        for key in keys {
            // A window may end meanwhile.
            self.ask(&[b"GET", &key]).await;
            let value = self.text().await.unwrap_or_default();
            pairs.push((key, value));
        }
        pairs
    }
}

/// People and operators connect, take tokens, call vendors and are refused with secrets in every place where one can stand:
/// neither a key nor a value in Redis holds one.
#[tokio::test]
async fn redis_knows_no_secret() {
    // A Redis has sixteen databases; no other test counts in this one.
    let mut url: Url = testkit::redis_url().parse().unwrap();
    url.set_path("/9");
    let server = Server::with(&[("REDIS_URL", url.as_str())]).await;
    let mut redis = Redis::open(&url).await;
    let (tenant, user) = (server.tenant().await, UserId::generate());
    let member = server.member(user);
    for provider in ["github", "linear", "slack"] {
        assert_eq!(server.connect_as(&member, provider, "ann").await.status, 200);
        let connection = server.connected(tenant, provider, "bob").await;
        let vended = server.vend(tenant, &connection).await;
        assert!(found(vended["access_token"].as_str().unwrap().as_bytes()).is_some(), "tokens carry the word");
        let id = connection["id"].as_str().unwrap();
        let path = if provider == "github" { "user" } else { "_mirror/echo" };
        server.operator(tenant).get(&format!("/proxy/{id}/{path}")).await;
    }
    let secret = format!("a-secret-{CANARY}-of-somebody");
    let nobody = server.anonymous();
    let refused = [
        (401, nobody.bearer(&secret).with("x-tenant-id", &tenant.to_string()).get("/oauth/token/github").await),
        (401, nobody.bearer(&format!("{OPERATOR}x")).get("/connections").await),
        (401, nobody.bearer(&format!("e30.{secret}.x")).get("/connections").await),
        (400, nobody.bearer(OPERATOR).with("x-tenant-id", &secret).get("/connections").await),
        (401, nobody.get(&format!("/connections?cursor={secret}")).await),
        (400, member.get(&format!("/oauth/github/callback?state={secret}&code={secret}")).await),
        (400, member.post("/oauth/github/link", &json!({ "code": secret })).await),
        (400, member.get(&format!("/oauth/install/github?start={secret}")).await),
        (401, nobody.with("x-hub-signature-256", &secret).post("/webhooks/github", &json!({})).await),
    ];
    for (status, answer) in refused {
        assert_eq!(answer.problem().0, status, "{}", answer.text);
    }
    let told = redis.everything().await;
    let keys: Vec<_> = told.iter().map(|(key, _)| String::from_utf8_lossy(key).into_owned()).collect();
    for kind in ["limit:api:operator:", &format!("limit:api:user:{user}"), "limit:public:"] {
        assert!(keys.iter().any(|key| key.starts_with(kind)), "{kind} in {keys:?}");
    }
    for (key, value) in &told {
        let (key_found, value_found) = (found(key), found(value));
        assert_eq!((key_found, value_found), (None, None), "{}", String::from_utf8_lossy(key));
    }
}
