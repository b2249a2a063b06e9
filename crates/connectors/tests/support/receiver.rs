//! Somebody who subscribed to signals: takes what comes, and answers what the test says.

use aws_lc_rs::hmac;
use axum::{
    Router,
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::{StatusCode, header::HeaderMap};
use serde_json::Value;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};
use tokio::sync::{Notify, Semaphore};

/// One request that came.
#[derive(Debug, Clone)]
pub struct Received {
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Received {
    pub fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    pub fn id(&self) -> &str {
        self.header("webhook-id")
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// How many of its signatures were made with the secret: computed here, with another library.
    pub fn signed_with(&self, secret: &str) -> usize {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
        let body = String::from_utf8(self.body.to_vec()).unwrap();
        let signed = format!("{}.{}.{body}", self.id(), self.header("webhook-timestamp"));
        let expected = format!("v1,{}", STANDARD.encode(hmac::sign(&key, signed.as_bytes())));
        self.header("webhook-signature").split(' ').filter(|signature| *signature == expected).count()
    }
}

/// An answer that the test prescribes: status, and a header.
pub type Prescribed = (u16, Option<(&'static str, String)>);

#[derive(Default)]
struct Inner {
    received: Mutex<Vec<Received>>,
    answers: Mutex<VecDeque<Prescribed>>,
    came: Notify,
    /// Holds answers back while it is there and empty.
    gate: Mutex<Option<Arc<Semaphore>>>,
}

#[derive(Clone)]
pub struct Receiver {
    pub url: String,
    inner: Arc<Inner>,
}

impl Receiver {
    pub async fn start() -> Self {
        let inner = Arc::<Inner>::default();
        let router = Router::new().fallback(take).with_state(Arc::clone(&inner));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, inner }
    }

    /// What it answers next, one after the other; then 204.
    pub fn answers(&self, answers: impl IntoIterator<Item = Prescribed>) {
        self.inner.answers.lock().unwrap().extend(answers);
    }

    /// Takes requests and answers none, until [`Receiver::release`].
    pub fn hold(&self) {
        *self.inner.gate.lock().unwrap() = Some(Arc::new(Semaphore::new(0)));
    }

    pub fn release(&self) {
        if let Some(gate) = self.inner.gate.lock().unwrap().take() {
            gate.close();
        }
    }

    pub fn received(&self) -> Vec<Received> {
        self.inner.received.lock().unwrap().clone()
    }

    /// All of them, once there are so many.
    pub async fn wait_for(&self, count: usize) -> Vec<Received> {
        let enough = async {
            loop {
                let came = self.inner.came.notified();
                let received = self.received();
                if received.len() >= count {
                    return received;
                }
                came.await;
            }
        };
        tokio::time::timeout(testkit::PATIENCE, enough).await.expect("requests at the receiver")
    }
}

async fn take(State(inner): State<Arc<Inner>>, request: axum::extract::Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let received = Received { path: parts.uri.path().to_owned(), headers: parts.headers, body };
    inner.received.lock().unwrap().push(received);
    inner.came.notify_waiters();
    let gate = inner.gate.lock().unwrap().clone();
    if let Some(gate) = gate {
        let _closed = gate.acquire().await;
    }
    let (status, header) = inner.answers.lock().unwrap().pop_front().unwrap_or((204, None));
    let mut response = StatusCode::from_u16(status).unwrap().into_response();
    if let Some((name, value)) = header {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}
