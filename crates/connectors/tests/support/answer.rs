//! What came back.

use reqwest::{StatusCode, header::HeaderMap};
use serde_json::Value;
use url::Url;

#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    /// Fails where the body breaks off.
    pub async fn of(response: reqwest::Response) -> Result<Self, reqwest::Error> {
        let (status, headers) = (response.status(), response.headers().clone());
        Ok(Self { status, headers, text: response.text().await? })
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {} {}", self.status, self.text))
    }

    /// The JSON of an answer with this status.
    #[track_caller]
    pub fn with(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self.json()
    }

    /// Status and code of a problem, which has every member a problem has, and nothing but problems' members.
    #[track_caller]
    pub fn problem(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{} {}", self.status, self.text);
        let body = self.json();
        let text = |name: &str| body[name].as_str().unwrap_or_else(|| panic!("no {name} in {body}")).to_owned();
        assert_eq!(body["status"], self.status.as_u16());
        let code = text("code");
        assert_eq!(text("type"), format!("urn:connectors:problem:{}", code.to_lowercase().replace('_', "-")));
        assert!(text("instance").starts_with('/') && !text("title").is_empty() && !text("detail").is_empty());
        assert_eq!(Some(text("request_id").as_str()), self.header("x-request-id"));
        (self.status.as_u16(), code)
    }

    /// What tells two refusals apart, less the request's own id.
    pub fn anonymous_problem(&self) -> Value {
        let mut body = self.json();
        let members = body.as_object_mut().unwrap();
        members.remove("request_id");
        members.remove("instance");
        body
    }

    /// Where a redirect leads.
    #[track_caller]
    pub fn location(&self) -> Url {
        assert!(self.status.is_redirection(), "{} {}", self.status, self.text);
        self.header("location").unwrap().parse().unwrap()
    }

    /// Where a redirect leads, as path and query.
    #[track_caller]
    pub fn location_path(&self) -> String {
        path_of(&self.location())
    }
}

pub fn path_of(url: &Url) -> String {
    url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()))
}
