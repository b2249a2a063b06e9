//! A client of the authorization server, and what its person's browser does for it.

use crate::service::Answer;
use reqwest::{Client as Http, Method, redirect::Policy};
use serde_json::{Value, json};
use url::{Url, form_urlencoded::Serializer};

pub const RESOURCE: &str = "https://connectors.example/mcp";
pub const REDIRECT: &str = "https://client.example/cb";
/// The example of RFC 7636, appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const FORM: &str = "application/x-www-form-urlencoded";

/// A server under test, as clients and browsers see it.
pub struct Server {
    pub url: String,
    /// What browsers call its origin.
    own: String,
    http: Http,
}

/// A client that has registered.
#[derive(Debug, Clone)]
pub struct Client {
    pub id: String,
    pub secret: Option<String>,
    pub redirect_uri: String,
}

/// Parameters, of which later ones win; an empty one is left out.
pub fn encoded(pairs: &[(&str, &str)], changes: &[(&str, &str)]) -> String {
    let is_new = |name: &str| changes.iter().any(|(other, _)| *other == name);
    let kept = pairs.iter().filter(|(name, _)| !is_new(name));
    let all = kept.chain(changes).filter(|(_, value)| !value.is_empty());
    Serializer::new(String::new()).extend_pairs(all).finish()
}

/// The parameters of a redirect that leads to `to`.
pub fn returned(answer: &Answer, to: &str) -> Value {
    let location = answer.header("location").unwrap_or_else(|| panic!("{} {}", answer.status, answer.text));
    let (place, query) = location.split_once('?').unwrap();
    assert_eq!(place, to.split('?').next().unwrap());
    let pairs = url::form_urlencoded::parse(query.as_bytes());
    Value::Object(pairs.map(|(name, value)| (name.into_owned(), json!(value))).collect())
}

/// The value of a hidden field.
pub fn hidden(page: &str, name: &str) -> String {
    let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("{name}: {page}"));
    rest.split('"').next().unwrap().replace("&amp;", "&")
}

impl Client {
    /// What it sends its person's browser here with.
    pub fn asking(&self, changes: &[(&str, &str)]) -> String {
        let pairs = [
            ("response_type", "code"),
            ("client_id", self.id.as_str()),
            ("redirect_uri", self.redirect_uri.as_str()),
            ("state", "st & 1"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
            ("scope", "mcp:tools"),
            ("resource", RESOURCE),
        ];
        format!("/oauth2/authorize?{}", encoded(&pairs, changes))
    }

    fn proof(&self) -> Vec<(&str, &str)> {
        let mut proof = vec![("client_id", self.id.as_str())];
        proof.extend(self.secret.as_deref().map(|secret| ("client_secret", secret)));
        proof
    }
}

impl Server {
    #[expect(clippy::disallowed_methods, reason = "the test is the outside world")]
    pub fn new(url: &str, own: &str) -> Self {
        let http = Http::builder().redirect(Policy::none()).build().unwrap();
        Self { url: url.to_owned(), own: own.to_owned(), http }
    }

    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: impl Into<String>) -> Answer {
        let mut request = self.http.request(method, format!("{}{path}", self.url)).body(body.into());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        Answer { status, headers, text: response.text().await.unwrap() }
    }

    /// The browser opens a link.
    pub async fn open(&self, cookie: &str, path: &str) -> Answer {
        let headers: &[(&str, &str)] = if cookie.is_empty() { &[] } else { &[("cookie", cookie)] };
        self.send(Method::GET, path, headers, "").await
    }

    /// The browser sends a form of a page of ours.
    pub async fn submit(&self, cookie: &str, path: &str, pairs: &[(&str, &str)]) -> Answer {
        let mut headers = vec![("origin", self.own.as_str()), ("content-type", FORM)];
        if !cookie.is_empty() {
            headers.push(("cookie", cookie));
        }
        self.send(Method::POST, path, &headers, encoded(pairs, &[])).await
    }

    /// The client posts a form.
    pub async fn call(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        pairs: &[(&str, &str)],
        changes: &[(&str, &str)],
    ) -> Answer {
        let mut all = vec![("content-type", FORM)];
        all.extend(headers);
        self.send(Method::POST, path, &all, encoded(pairs, changes)).await
    }

    pub async fn register(&self, metadata: &Value) -> Answer {
        self.send(Method::POST, "/oauth2/register", &[("content-type", "application/json")], metadata.to_string()).await
    }

    /// A client that keeps no secret, refreshes, and has one redirect URI.
    pub async fn public(&self, redirect_uri: &str) -> Client {
        self.client(&json!({"client_name": "Some client", "redirect_uris": [redirect_uri],
            "grant_types": ["authorization_code", "refresh_token"], "token_endpoint_auth_method": "none"}))
            .await
    }

    pub async fn client(&self, metadata: &Value) -> Client {
        let answer = self.register(metadata).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        let registered = answer.json();
        Client {
            id: registered["client_id"].as_str().unwrap().to_owned(),
            secret: registered["client_secret"].as_str().map(str::to_owned),
            redirect_uri: registered["redirect_uris"][0].as_str().unwrap().to_owned(),
        }
    }

    /// The browser comes with a request, and its person decides on the page.
    pub async fn decide(&self, cookie: &str, path: &str, decision: &str) -> Answer {
        let page = self.open(cookie, path).await;
        assert_eq!(page.status, 200, "{}", page.text);
        let (request, seal) = (hidden(&page.text, "request"), hidden(&page.text, "seal"));
        self.submit(cookie, "/oauth2/consent", &[("request", &request), ("seal", &seal), ("decision", decision)]).await
    }

    /// A code that the person has agreed to.
    pub async fn code(&self, cookie: &str, client: &Client, changes: &[(&str, &str)]) -> String {
        let mut all = vec![("prompt", "consent")];
        all.extend(changes);
        let answer = self.decide(cookie, &client.asking(&all), "allow").await;
        assert_eq!(answer.status, 303, "{}", answer.text);
        returned(&answer, &client.redirect_uri)["code"].as_str().unwrap().to_owned()
    }

    pub async fn redeem(&self, client: &Client, code: &str, changes: &[(&str, &str)]) -> Answer {
        let mut pairs = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("code_verifier", VERIFIER),
            ("redirect_uri", client.redirect_uri.as_str()),
            ("resource", RESOURCE),
        ];
        pairs.extend(client.proof());
        self.call("/oauth2/token", &[], &pairs, changes).await
    }

    pub async fn refresh(&self, client: &Client, token: &str, changes: &[(&str, &str)]) -> Answer {
        let mut pairs = vec![("grant_type", "refresh_token"), ("refresh_token", token), ("resource", RESOURCE)];
        pairs.extend(client.proof());
        self.call("/oauth2/token", &[], &pairs, changes).await
    }

    pub async fn revoke(&self, client: &Client, token: &str, changes: &[(&str, &str)]) -> Answer {
        let mut pairs = vec![("token", token)];
        pairs.extend(client.proof());
        self.call("/oauth2/revoke", &[], &pairs, changes).await
    }

    /// A client with tokens of the person's.
    pub async fn tokens(&self, cookie: &str, client: &Client) -> Value {
        let code = self.code(cookie, client, &[]).await;
        let answer = self.redeem(client, &code, &[]).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }
}

/// Status and code of a refusal.
pub fn refusal(answer: &Answer) -> (u16, String) {
    let body: Value = serde_json::from_str(&answer.text).unwrap_or_default();
    (answer.status.as_u16(), body["error"].as_str().unwrap_or("?").to_owned())
}

pub fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

/// The text of a member.
pub fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("{name}: {value}"))
}

/// The origin of a URL.
pub fn origin(url: &str) -> String {
    Url::parse(url).unwrap().origin().ascii_serialization()
}
