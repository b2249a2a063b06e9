//! Somebody who calls: with their credentials in every request, and with or without a browser's memory.

use super::{Answer, Stream};
use reqwest::Method;
use serde_json::Value;

#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    headers: Vec<(String, String)>,
    /// Whether an answer that holds a secret fails the test.
    watched: bool,
}

impl Client {
    /// Follows no redirect: each is looked at. `cookies`: what a browser keeps.
    #[expect(clippy::disallowed_methods, reason = "the test is the outside world")]
    pub fn new(base: &str, cookies: bool) -> Self {
        let http = reqwest::Client::builder()
            .user_agent("connectors-tests")
            .cookie_store(cookies)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        Self { http, base: base.to_owned(), headers: Vec::new(), watched: false }
    }

    /// No answer may hold a secret, but those that are there to hold one.
    pub fn watched(self) -> Self {
        Self { watched: true, ..self }
    }

    /// The same caller with one more header.
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut more = self.clone();
        more.headers.push((name.to_owned(), value.to_owned()));
        more
    }

    pub fn bearer(&self, token: &str) -> Self {
        self.with("authorization", &format!("Bearer {token}"))
    }

    /// The same caller at another address.
    pub fn at(&self, base: &str) -> Self {
        Self { base: base.to_owned(), ..self.clone() }
    }

    pub async fn send(&self, method: Method, path: &str, body: impl Into<reqwest::Body>) -> Answer {
        self.attempt(method, path, body).await.unwrap()
    }

    /// The same, where the connection itself may fail.
    pub async fn attempt(
        &self,
        method: Method,
        path: &str,
        body: impl Into<reqwest::Body>,
    ) -> Result<Answer, reqwest::Error> {
        let answer = Answer::of(self.begin(method, path, body).await?).await?;
        let hands_out = path.contains("/oauth/token/") || path.ends_with("/token") || path.contains("/proxy/");
        if self.watched && !hands_out {
            let seen = format!("{:?} {}", answer.headers, answer.text);
            assert_eq!(testkit::canary::found(seen.as_bytes()), None, "{path} answers with a secret: {seen}");
        }
        Ok(answer)
    }

    async fn begin(
        &self,
        method: Method,
        path: &str,
        body: impl Into<reqwest::Body>,
    ) -> Result<reqwest::Response, reqwest::Error> {
        let url = if path.starts_with('/') { format!("{}{path}", self.base) } else { path.to_owned() };
        let mut request = self.http.request(method, url).body(body);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        request.send().await
    }

    /// A stream of server-sent events, which is open.
    pub async fn stream(&self, path: &str) -> Stream {
        Stream::of(self.begin(Method::GET, path, "").await.unwrap())
    }

    /// The same as the answer to a request with a body.
    pub async fn post_stream(&self, path: &str, body: &Value) -> Stream {
        let asks = self.with("content-type", "application/json").with("accept", "text/event-stream");
        Stream::of(asks.begin(Method::POST, path, body.to_string()).await.unwrap())
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, "").await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.with("content-type", "application/json").send(Method::POST, path, body.to_string()).await
    }

    pub async fn post_nothing(&self, path: &str) -> Answer {
        self.send(Method::POST, path, "").await
    }

    pub async fn put(&self, path: &str) -> Answer {
        self.send(Method::PUT, path, "").await
    }

    pub async fn put_json(&self, path: &str, body: &Value) -> Answer {
        self.with("content-type", "application/json").send(Method::PUT, path, body.to_string()).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, "").await
    }
}
