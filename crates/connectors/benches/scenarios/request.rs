//! Requests of the target file's endpoints, ready to be sent many times.

use crate::{
    client::{Answer, Connection},
    target::{Endpoint, Names, Place, Target, fill},
};
use http::{HeaderMap, HeaderName, Method, Request};
use http_body_util::Full;
use hyper::body::Bytes;
use serde_json::Value;

#[derive(Clone)]
pub struct Prepared {
    pub method: Method,
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Prepared {
    pub fn of(endpoint: &Endpoint, path: &str, names: Names<'_>) -> Self {
        let mut headers = HeaderMap::new();
        let mut set =
            |name: &str, value: &str| headers.insert(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        for (name, value) in &endpoint.headers {
            set(name, &fill(value, names));
        }
        let body = endpoint.json.as_ref().map(|json| fill(&json.to_string(), names));
        if body.is_some() {
            set("content-type", "application/json");
        }
        let method = endpoint.method.as_deref().unwrap_or("GET").parse().unwrap();
        Self { method, path: fill(path, names), headers, body: body.unwrap_or_default().into() }
    }

    pub fn request(&self, address: &str) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.path.parse().unwrap();
        *request.headers_mut() = self.headers.clone();
        request.headers_mut().insert("host", address.parse().unwrap());
        request
    }
}

/// One good answer, outside any load.
pub async fn must(target: &Target, name: &str, path: Option<&str>, names: Names<'_>) -> Answer {
    let endpoint = target.endpoint(name);
    let (prepared, address) =
        (Prepared::of(endpoint, path.unwrap_or(&endpoint.path), names), target.address(&endpoint.service));
    let answer = Connection::open(&address).await.ask(prepared.request(&address)).await;
    assert!(answer.status.is_success(), "{name}: {} {}", answer.status, answer.excerpt());
    answer
}

/// What stands there in an answer.
pub fn take(answer: &Answer, place: &Place) -> String {
    match place {
        Place::Header(name) => answer.headers[name.as_str()].to_str().unwrap().to_owned(),
        Place::Json(path) => {
            let json: Value = serde_json::from_slice(&answer.body).unwrap();
            json.pointer(&format!("/{}", path.replace('.', "/"))).and_then(Value::as_str).unwrap().to_owned()
        }
    }
}
