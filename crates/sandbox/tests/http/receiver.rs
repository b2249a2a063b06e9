//! The receiving end of webhooks.

use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, StatusCode, Uri},
};
use serde_json::Value;
use tokio::{net::TcpListener, sync::mpsc};
use url::Url;

/// Somebody who receives webhooks: every delivery in the order it came, answered with 202.
pub struct Receiver {
    pub base: Url,
    pub deliveries: mpsc::UnboundedReceiver<Delivery>,
}

pub struct Delivery {
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

pub async fn receiver() -> Receiver {
    let (sender, deliveries) = mpsc::unbounded_channel();
    let take = move |uri: Uri, headers: HeaderMap, body: Bytes| {
        sender.send(Delivery { path: uri.path().to_owned(), headers, body }).unwrap();
        std::future::ready((StatusCode::ACCEPTED, "taken"))
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(axum::serve(listener, Router::new().fallback(take)).into_future());
    Receiver { base, deliveries }
}

impl Delivery {
    pub fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}
