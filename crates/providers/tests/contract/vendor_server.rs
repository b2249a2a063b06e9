//! A vendor for one test: it answers as the test says, and remembers what it was asked.

use crate::fixtures::{now, vendor};
use axum::{
    Json, Router,
    extract::Request,
    http::{HeaderMap, StatusCode},
};
use http::header::{AUTHORIZATION, ETAG, IF_NONE_MATCH, LINK};
use kernel::{Parameters, Secret};
use providers::{Call, Configured, Settings, VENDORS};
use serde_json::Value;
use std::sync::{Arc, Mutex};
use url::Url;

/// One request.
pub struct Asked {
    /// `METHOD /path?query`, the query decoded.
    pub what: String,
    pub body: Value,
    /// What `If-None-Match` says.
    pub tag: Option<String>,
}

impl Asked {
    /// Of the query, or of the JSON body.
    pub fn says(&self, text: &str) -> bool {
        self.what.contains(text) || self.body.to_string().contains(text)
    }
}

/// One answer.
pub struct Said {
    status: u16,
    body: Value,
    /// Where the next page is: a path here, or an address elsewhere.
    next: Option<String>,
    tag: Option<String>,
}

impl From<(u16, Value)> for Said {
    fn from((status, body): (u16, Value)) -> Self {
        Self { status, body, next: None, tag: None }
    }
}

impl Said {
    pub fn and_next(self, next: &str) -> Self {
        Self { next: Some(next.to_owned()), ..self }
    }

    /// With an `ETag`.
    pub fn and_tag(self, tag: &str) -> Self {
        Self { tag: Some(tag.to_owned()), ..self }
    }
}

pub struct VendorServer {
    configured: Configured,
    client: outbound::Client,
    token: Secret,
    asked: Arc<Mutex<Vec<String>>>,
}

impl VendorServer {
    /// Answers until the test ends; headers stand in the answer's `$headers`. Whoever brings another token is not answered to.
    pub async fn of<S: Into<Said>>(slug: &str, answer: impl Fn(&Asked) -> S + Send + Sync + 'static) -> Self {
        Self::of_token(slug, "the-token", answer).await
    }

    /// The same for a token of another kind.
    pub async fn of_token<S: Into<Said>>(
        slug: &str,
        token: &'static str,
        answer: impl Fn(&Asked) -> S + Send + Sync + 'static,
    ) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base: Url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        let (asked, answer) = (Arc::new(Mutex::new(Vec::new())), Arc::new(answer));
        let (log, here) = (Arc::clone(&asked), base.clone());
        let router = Router::new().fallback(move |request: Request| {
            let (log, answer, here) = (Arc::clone(&log), Arc::clone(&answer), here.clone());
            async move {
                let (parts, body) = request.into_parts();
                assert_eq!(parts.headers[AUTHORIZATION], format!("Bearer {token}"));
                let body = axum::body::to_bytes(body, 1_000_000).await.unwrap();
                let query = url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
                let query: Vec<String> = query.map(|(name, value)| format!("{name}={value}")).collect();
                let path = parts.uri.path();
                let place = if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) };
                let body = serde_json::from_slice(&body).unwrap_or_default();
                let tag = parts.headers.get(IF_NONE_MATCH).map(|tag| tag.to_str().unwrap().to_owned());
                let one = Asked { what: format!("{} {place}", parts.method), body, tag };
                log.lock().unwrap().push(one.what.clone());
                let Said { status, mut body, next, tag } = answer(&one).into();
                let said = body.as_object_mut().and_then(|members| members.remove("$headers")).unwrap_or_default();
                let said = said.as_object().into_iter().flatten();
                let said = said.map(|(name, value)| (name.parse().unwrap(), value.as_str().unwrap().parse().unwrap()));
                let mut headers: HeaderMap = said.collect();
                if let Some(next) = next {
                    let link = format!("<{}>; rel=\"next\"", here.join(&next).unwrap());
                    headers.insert(LINK, link.parse().unwrap());
                }
                headers.extend(tag.map(|tag| (ETAG, tag.parse().unwrap())));
                (StatusCode::from_u16(status).unwrap(), headers, Json(body))
            }
        });
        tokio::spawn(async move { axum::serve(listener, router).await });
        let provider = VENDORS.iter().find(|provider| provider.slug == vendor(slug).slug).unwrap();
        let settings = Settings {
            client_id: "client".to_owned(),
            client_secret: "client secret".into(),
            former_client_secrets: Vec::new(),
            redirect_uri: "https://connectors.example/callback".parse().unwrap(),
            webhook_secrets: Vec::new(),
            base_url: Some(base),
            scopes: None,
            app: None,
            push: None,
        };
        let configured = Configured::new(Arc::clone(provider), Arc::new(settings), &Parameters::default()).unwrap();
        let client = outbound::Client::new("contract").unwrap();
        Self { configured, client, token: token.into(), asked }
    }

    /// The same of an operator who has a webhook secret.
    pub fn with_a_webhook_secret(mut self) -> Self {
        let mut settings = Settings::clone(&self.configured.settings);
        settings.webhook_secrets = vec!["of the app".into()];
        self.configured.settings = Arc::new(settings);
        self
    }

    pub fn call(&self) -> Call<'_> {
        Call::new(&self.configured, &self.client, &self.token, now())
    }

    /// What it was asked since the last time.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}
