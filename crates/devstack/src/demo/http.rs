//! Requests and their answers.

use anyhow::{Context, Result, bail};
use reqwest::{Certificate, Client, RequestBuilder, header::HeaderMap, redirect::Policy};
use serde_json::Value;
use std::{fs, path::Path, time::Duration};

/// A client that trusts the development authority and nobody else, keeps cookies, and follows no redirect by itself.
#[expect(clippy::disallowed_methods, reason = "the demo stands outside, where a browser and a backend stand")]
pub fn client(authority: &Path) -> Result<Client> {
    let pem = fs::read(authority).with_context(|| format!("{} cannot be read", authority.display()))?;
    let client = Client::builder()
        .tls_certs_only([Certificate::from_pem(&pem)?])
        .cookie_store(true)
        .redirect(Policy::none())
        .user_agent("connectors-demo")
        .no_proxy()
        .timeout(Duration::from_secs(40));
    client.build().context("the demo cannot make requests")
}

pub struct Answer {
    /// `GET /path`.
    what: String,
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

pub async fn send(request: RequestBuilder) -> Result<Answer> {
    let (client, request) = request.build_split();
    let request = request?;
    let what = format!("{} {}", request.method(), request.url().path());
    let answer = client.execute(request).await.with_context(|| format!("{what} got no answer"))?;
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let text = answer.text().await.with_context(|| format!("the answer to {what} broke off"))?;
    Ok(Answer { what, status, headers, text })
}

impl Answer {
    pub fn expect(self, status: u16) -> Result<Self> {
        if self.status != status {
            let start: String = self.text.chars().take(300).collect();
            bail!("{} was answered {} instead of {status}: {start}", self.what, self.status);
        }
        Ok(self)
    }

    /// A problem with this status and code.
    pub fn expect_problem(self, status: u16, code: &str) -> Result<()> {
        let answer = self.expect(status)?;
        let found = answer.field("/code")?;
        if found != code {
            bail!("{} was refused with {found} instead of {code}", answer.what);
        }
        Ok(())
    }

    pub fn json(&self) -> Result<Value> {
        serde_json::from_str(&self.text).with_context(|| format!("the answer to {} is not JSON", self.what))
    }

    pub fn field(&self, pointer: &str) -> Result<String> {
        text(&self.json()?, pointer)
    }
}

/// The text at a JSON pointer.
pub fn text(value: &Value, pointer: &str) -> Result<String> {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.map(str::to_owned).with_context(|| format!("an answer has no {pointer}"))
}
