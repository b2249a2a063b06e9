//! A server that answers what a test expects to be asked, each once, and nothing else.

use crate::fixtures::{batch, now, vendor};
use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use kernel::{Parameters, Secret};
use providers::{Call, Configured, PageAsk, PushSettings, Record, RecordPage, RecordState, Settings, StreamError};
use serde_json::Value;
use std::sync::{Arc, Mutex};
use url::Url;

/// A request, as far as it matters.
pub struct Asked {
    pub headers: HeaderMap,
    pub body: Value,
}

struct Expected {
    method: &'static str,
    /// With the pairs of the query that have to be there; a name behind `!` must not. A last segment `*` is any.
    target: Url,
    status: StatusCode,
    answer: Value,
    asked: Option<Asked>,
}

#[derive(Clone, Default)]
struct Script(Arc<Mutex<Vec<Expected>>>);

/// A vendor behind such a server.
pub struct Wire {
    script: Script,
    configured: Configured,
    client: outbound::Client,
    token: Secret,
}

impl Wire {
    pub async fn of(slug: &str) -> Self {
        let script = Script::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(script.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let push =
            PushSettings { topic: "projects/garden/topics/mail".to_owned(), service_account: "push@x".to_owned() };
        let settings = Settings {
            client_id: "client-0".to_owned(),
            client_secret: "secret-0".into(),
            former_client_secrets: Vec::new(),
            redirect_uri: "https://localhost:8443/oauth/callback".parse().unwrap(),
            webhook_secrets: Vec::new(),
            base_url: Some(base.parse().unwrap()),
            scopes: None,
            app: None,
            push: Some(push),
        };
        let configured = Configured::new(Arc::clone(vendor(slug)), Arc::new(settings), &Parameters::default()).unwrap();
        let client = outbound::Client::new("contract").unwrap();
        Self { script, configured, client, token: "token-0".into() }
    }

    /// The same without a message service.
    pub fn without_push(mut self) -> Self {
        let settings = Settings { push: None, ..(*self.configured.settings).clone() };
        self.configured.settings = Arc::new(settings);
        self
    }

    /// Answers `METHOD /path?query` with this, once. Without an order: what is expected twice is answered in turn.
    pub fn expect(&self, line: &'static str, status: u16, answer: Value) -> &Self {
        let (method, target) = line.split_once(' ').unwrap();
        let target = Url::parse(&format!("http://x{target}")).unwrap();
        let status = StatusCode::from_u16(status).unwrap();
        self.script.0.lock().unwrap().push(Expected { method, target, status, answer, asked: None });
        self
    }

    /// What was asked since the last time, in the order of what was expected. All of it has to have been.
    pub fn asked(&self) -> Vec<Asked> {
        let expected = std::mem::take(&mut *self.script.0.lock().unwrap());
        let was = |one: Expected| one.asked.unwrap_or_else(|| panic!("nobody asked {} {}", one.method, one.target));
        expected.into_iter().map(was).collect()
    }

    pub fn call(&self) -> Call<'_> {
        Call::new(&self.configured, &self.client, &self.token, now())
    }

    /// A page of a stream; all that was expected for it has been asked.
    pub async fn page(&self, stream: &str, cursor: Option<&Value>) -> Result<RecordPage, StreamError> {
        self.page_of(stream, cursor, &[]).await
    }

    pub async fn page_of(
        &self,
        stream: &str,
        cursor: Option<&Value>,
        ids: &[String],
    ) -> Result<RecordPage, StreamError> {
        let streams = self.configured.provider.vendor.streams().unwrap();
        let page = streams.page(self.call(), PageAsk { stream, cursor, ids, batch: batch(streams, stream) }).await;
        for asked in self.asked() {
            let credential = asked.headers["authorization"].to_str().unwrap();
            assert!(credential.ends_with(" token-0"), "asked without the token");
        }
        page
    }
}

async fn answer(State(script): State<Script>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 100_000).await.unwrap_or_default();
    let asked = Url::parse(&format!("http://x{}", parts.uri)).unwrap();
    let has = |name: &str, value: Option<&str>| {
        asked.query_pairs().any(|(found, said)| found == name && value.is_none_or(|value| value == said))
    };
    let fits = |one: &Expected| {
        let pairs: Vec<(String, String)> = one.target.query_pairs().into_owned().collect();
        one.asked.is_none()
            && one.method == parts.method
            && is_at(one.target.path(), asked.path())
            && pairs.iter().all(|(name, value)| match name.strip_prefix('!') {
                Some(name) => !has(name, None),
                None => has(name, Some(value)),
            })
    };
    let mut script = script.0.lock().unwrap();
    let Some(one) = script.iter_mut().find(|one| fits(one)) else {
        return (StatusCode::IM_A_TEAPOT, format!("nobody expects {} {asked}", parts.method)).into_response();
    };
    one.asked = Some(Asked { headers: parts.headers, body: serde_json::from_slice(&body).unwrap_or_default() });
    let body = if one.answer.is_null() { String::new() } else { one.answer.to_string() };
    (one.status, body).into_response()
}

fn is_at(expected: &str, path: &str) -> bool {
    match expected.strip_suffix('*') {
        Some(folder) => path.strip_prefix(folder).is_some_and(|rest| !rest.is_empty() && !rest.contains('/')),
        None => expected == path,
    }
}

/// The ids of a page; what is gone behind a minus.
pub fn ids(page: &RecordPage) -> Vec<String> {
    let id = |record: &Record| match record.state {
        RecordState::There(_) => record.external_id.clone(),
        RecordState::Gone => format!("-{}", record.external_id),
    };
    page.records.iter().map(id).collect()
}
