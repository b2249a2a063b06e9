use crate::support::{Client, Server, github_signature, linear_body, linear_signature};
use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use uuid::Uuid;

fn github(server: &Server) -> Client {
    server
        .anonymous()
        .with("content-type", "application/json")
        .with("x-github-event", "ping")
        .with("x-github-delivery", &Uuid::now_v7().to_string())
}

async fn post(caller: &Client, path: &str, body: &[u8]) -> (u16, String) {
    caller.send(Method::POST, path, body.to_vec()).await.problem()
}

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

/// Without the vendor's one signature over these very bytes nothing is stored.
#[tokio::test]
async fn a_webhook_that_is_not_signed_is_refused() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let (body, caller) = (br#"{"zen":"x"}"#, github(&server));
    let good = github_signature(body);
    let sign = |value: &str| caller.with("x-hub-signature-256", value);
    let wrong = sandbox::sign_github(&"another-webhook-secret".into(), body);
    let empty = sandbox::sign_github(&"".into(), body);
    let cases = [
        ("none", caller.clone()),
        ("empty header", sign("")),
        ("wrong secret", sign(&wrong)),
        ("empty secret", sign(&empty)),
        ("two headers", sign(&good).with("x-hub-signature-256", &good)),
        ("no prefix", sign(good.strip_prefix("sha256=").unwrap())),
        ("short", sign(&good[..good.len() - 2])),
        ("upper case prefix", sign(&good.replace("sha256", "SHA256"))),
        ("another digest", sign(&good.replace("sha256", "sha1"))),
        ("of other bytes", sign(&github_signature(b"{}"))),
    ];
    server
        .unchanged(async {
            for (case, caller) in &cases {
                for path in
                    ["/webhooks/github".to_owned(), format!("/webhooks/github/{tenant}"), "/github/events".to_owned()]
                {
                    assert_eq!(post(caller, &path, body).await, refused(401, "SIGNATURE_INVALID"), "{case} {path}");
                }
            }
        })
        .await;
    sign(&good).send(Method::POST, "/github/events", body.to_vec()).await.with(200);
}

/// A signed time that is too far away is refused, in both directions; so is a signed body without one.
#[tokio::test]
async fn a_stale_webhook_is_refused() {
    let server = Server::start().await;
    let now = server.clock.now().timestamp_millis();
    let send = async |body: Vec<u8>| {
        let caller = server
            .anonymous()
            .with("content-type", "application/json")
            .with("linear-event", "Issue")
            .with("linear-delivery", &Uuid::now_v7().to_string())
            .with("linear-signature", &linear_signature(&body));
        caller.send(Method::POST, "/webhooks/linear", body).await
    };
    let payload = json!({"type": "Issue", "action": "create"});
    server
        .unchanged(async {
            for offset in [-61_000 - 5_000, 61_000 + 5_000, -86_400_000] {
                let answer = send(linear_body(payload.clone(), now + offset)).await;
                assert_eq!(answer.problem(), refused(401, "DELIVERY_TOO_OLD"), "{offset}");
            }
            let without = send(payload.to_string().into_bytes()).await;
            assert_eq!(without.problem(), refused(401, "SIGNATURE_INVALID"));
        })
        .await;
    send(linear_body(payload, now - 30_000)).await.with(200);
}

/// Signed, but not what can be read; and addressed to nobody.
#[tokio::test]
async fn a_signed_webhook_that_cannot_be_read_is_refused() {
    let server = Server::start().await;
    let caller = github(&server);
    let signed = |body: &[u8]| caller.with("x-hub-signature-256", &github_signature(body));
    server
        .unchanged(async {
            for body in [&b"not json"[..], b"", b"[]", b"7", b"{\"a\":", b"\xff\xfe"] {
                assert_eq!(post(&signed(body), "/webhooks/github", body).await, refused(400, "VALIDATION_FAILED"));
            }
            let body = b"{}";
            let nameless = server.anonymous().with("x-hub-signature-256", &github_signature(body));
            assert_eq!(post(&nameless, "/webhooks/github", body).await, refused(400, "VALIDATION_FAILED"));
            let unknown = format!("/webhooks/github/{}", Uuid::now_v7());
            assert_eq!(post(&signed(body), &unknown, body).await, refused(404, "TENANT_NOT_FOUND"));
            // Without a signature nobody learns whether a tenant exists.
            assert_eq!(post(&caller, &unknown, body).await, refused(401, "SIGNATURE_INVALID"));
            assert_eq!(post(&signed(body), "/webhooks/github/acme", body).await, refused(400, "VALIDATION_FAILED"));
        })
        .await;
}

/// More than the vendor ever sends is refused before it is read, whether it is announced or not.
#[tokio::test]
async fn a_webhook_over_the_size_limit_is_refused() {
    let server = Server::start().await;
    let address = server.url.strip_prefix("http://").unwrap();
    server
        .unchanged(async {
            let mut wire = tokio::net::TcpStream::connect(address).await.unwrap();
            let head = format!(
                "POST /webhooks/github HTTP/1.1\r\nhost: {address}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                25 * 1024 * 1024 + 1
            );
            wire.write_all(head.as_bytes()).await.unwrap();
            let mut answer = String::new();
            wire.read_to_string(&mut answer).await.unwrap();
            assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("PAYLOAD_TOO_LARGE"), "{answer}");

            let mut wire = tokio::net::TcpStream::connect(address).await.unwrap();
            let head =
                format!("POST /webhooks/linear HTTP/1.1\r\nhost: {address}\r\ntransfer-encoding: chunked\r\n\r\n");
            wire.write_all(head.as_bytes()).await.unwrap();
            let size = 4 * 1024 * 1024 + 1;
            wire.write_all(format!("{size:x}\r\n").as_bytes()).await.unwrap();
            wire.write_all(&vec![b' '; size]).await.unwrap();
            let mut answer = [0; 1024];
            let read = wire.read(&mut answer).await.unwrap();
            assert!(answer[..read].starts_with(b"HTTP/1.1 413"), "{}", String::from_utf8_lossy(&answer[..read]));
        })
        .await;
}
