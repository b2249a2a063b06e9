//! The receiving end of webhooks.

use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, StatusCode, Uri},
};
use serde_json::Value;
use tokio::{
    net::TcpListener,
    sync::{mpsc, watch},
};
use url::Url;

/// Somebody who receives webhooks: every delivery in the order it came, answered with 202 unless told otherwise.
pub struct Receiver {
    pub base: Url,
    pub deliveries: mpsc::UnboundedReceiver<Delivery>,
    answer: watch::Sender<StatusCode>,
}

impl Receiver {
    /// What every delivery is answered from now on.
    pub fn answer_with(&self, status: StatusCode) {
        self.answer.send_replace(status);
    }

    /// An address there, as an app registers one.
    pub fn url(&self, path: &str) -> String {
        self.base.join(path).unwrap().to_string()
    }
}

pub struct Delivery {
    pub path: String,
    pub query: Option<String>,
    pub headers: HeaderMap,
    pub body: Bytes,
}

pub async fn receiver() -> Receiver {
    let (sender, deliveries) = mpsc::unbounded_channel();
    let (answer, answering) = watch::channel(StatusCode::ACCEPTED);
    let take = move |uri: Uri, headers: HeaderMap, body: Bytes| {
        let (path, query) = (uri.path().to_owned(), uri.query().map(str::to_owned));
        sender.send(Delivery { path, query, headers, body }).unwrap();
        std::future::ready((*answering.borrow(), "taken"))
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(axum::serve(listener, Router::new().fallback(take)).into_future());
    Receiver { base, deliveries, answer }
}

impl Delivery {
    pub fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}
