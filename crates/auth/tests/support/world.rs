//! The service with everything it talks to: the sandbox plays the providers and the mail server.

use auth::{App, Config, run_jobs, service};
use edge::Shutdown;
use kernel::{Clock, Env};
use reqwest::{Client, Method, StatusCode, header::HeaderMap, redirect::Policy};
use sandbox::Running;
use serde_json::{Value, json};
use std::sync::Arc;
use testkit::Database;

pub const FRONTEND: &str = "http://localhost:3000";
pub const PROVIDERS: [&str; 6] = ["github", "google", "slack", "linear", "spotify", "atlassian"];

/// The world of one test.
pub struct World {
    pub url: String,
    pub app: Arc<App>,
    pub clock: Clock,
    pub database: Database,
    pub sandbox: Running,
    pub client: Client,
    shutdown: Shutdown,
}

impl Drop for World {
    fn drop(&mut self) {
        self.shutdown.begin();
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{} {}", self.status, self.text))
    }

    pub fn whole(&self) -> (u16, Value) {
        (self.status.as_u16(), self.json())
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub fn location(&self) -> &str {
        self.header("location").unwrap_or_else(|| panic!("{} {}", self.status, self.text))
    }

    pub fn cookies(&self) -> Vec<&str> {
        self.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect()
    }
}

/// A browser: a cookie jar, and the page it is on.
#[derive(Clone, Default)]
pub struct Browser(Vec<(String, String)>);

impl Browser {
    pub fn cookie(&self) -> String {
        self.0.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    pub fn holds(&self, name: &str) -> bool {
        self.0.iter().any(|(held, _)| held == name)
    }

    fn keep(&mut self, answer: &Answer) {
        for cookie in answer.cookies() {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            self.0.retain(|(held, _)| held != name);
            if !value.is_empty() {
                self.0.push((name.to_owned(), value.to_owned()));
            }
        }
    }
}

impl World {
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    /// Later settings win, and an empty one takes the earlier away.
    #[expect(clippy::disallowed_methods, reason = "the test is the outside world")]
    pub async fn with(more: &[(&str, &str)]) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let sandbox = sandbox(&url).await;
        let smtp = sandbox.smtp_url.clone().unwrap();
        let mut pairs: Vec<(String, String)> = [
            ("ENVIRONMENT", "development"),
            ("DATABASE_URL", "postgres://unused"),
            ("PUBLIC_URL", url.as_str()),
            ("AUTH_TRUSTED_ORIGINS", FRONTEND),
            ("BETTER_AUTH_SECRET", "contract-test-secret-0123456789abcdef-XYZ"),
            ("JWT_SECRET", "another-test-secret-0123456789abcdef-XYZ"),
            ("AUTH_ISSUER", url.as_str()),
            ("AUTH_AUDIENCE", url.as_str()),
            ("AUTH_RATE_LIMIT", "off"),
            ("SMTP_URL", smtp.as_str()),
            ("MAIL_FROM", "Connectors <no-reply@example.com>"),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .to_vec();
        pairs.extend(sign_in_clients());
        for id in PROVIDERS {
            pairs.push((format!("AUTH_{}_BASE_URL", id.to_uppercase()), format!("{}/{id}", sandbox.url)));
        }
        pairs.retain(|(key, _)| more.iter().all(|(other, _)| key != other));
        pairs.extend(more.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        let config = Config::from_env(&Env::from_pairs(pairs)).unwrap();
        let (database, clock, shutdown) = (Database::fresh().await, Clock::system(), Shutdown::new());
        let app = Arc::new(App::new(&config, database.pool.clone(), clock.clone()).unwrap());
        tokio::spawn(edge::serve(listener, service(&config, Arc::clone(&app)), shutdown.clone()));
        let client = Client::builder().redirect(Policy::none()).build().unwrap();
        Self { url, app, clock, database, sandbox, client, shutdown }
    }

    /// Any request at all; `path` may be a whole URL.
    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Option<String>) -> Answer {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.url) };
        let mut request = self.client.request(method, url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        Answer { status, headers, text: response.text().await.unwrap() }
    }

    /// The browser opens a page or link.
    pub async fn get(&self, browser: &mut Browser, path: &str) -> Answer {
        let cookie = browser.cookie();
        let headers: &[(&str, &str)] = if cookie.is_empty() { &[] } else { &[("cookie", &cookie)] };
        let answer = self.send(Method::GET, path, headers, None).await;
        browser.keep(&answer);
        answer
    }

    /// A page of the frontend posts JSON.
    pub async fn post(&self, browser: &mut Browser, path: &str, body: &Value) -> Answer {
        let cookie = browser.cookie();
        let mut headers = vec![("origin", FRONTEND), ("content-type", "application/json")];
        if !cookie.is_empty() {
            headers.push(("cookie", &cookie));
        }
        let answer = self.send(Method::POST, path, &headers, Some(body.to_string())).await;
        browser.keep(&answer);
        answer
    }

    /// Somebody signs up with a password.
    pub async fn sign_up(&self, email: &str) -> Browser {
        let mut browser = Browser::default();
        let form = json!({"name": "Ada", "email": email, "password": PASSWORD});
        let answer = self.post(&mut browser, "/api/auth/sign-up/email", &form).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        browser
    }

    /// Everything that was mailed so far, once nothing waits to be sent.
    pub async fn mails(&self) -> Vec<Value> {
        run_jobs(&self.app).await.unwrap();
        let answer = self.client.get(format!("{}/_control/mail", self.sandbox.url)).send().await.unwrap();
        answer.json::<Vec<Value>>().await.unwrap()
    }

    /// The path of the last mailed link.
    pub async fn mailed_link(&self) -> String {
        let mails = self.mails().await;
        mails.last().expect("a mail")["url"].as_str().unwrap().strip_prefix(&self.url).unwrap().to_owned()
    }

    /// Tells the sandbox something.
    pub async fn control(&self, path: &str, body: &Value) -> Value {
        let answer = self.client.post(format!("{}/_control{path}", self.sandbox.url)).json(body).send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    /// Who the browser is signed in as, and with which session.
    pub async fn session(&self, browser: &mut Browser) -> Value {
        self.get(browser, "/api/auth/get-session").await.json()
    }
}

pub const PASSWORD: &str = "correct horse battery";

/// The client that the service and the sandbox both know.
fn sign_in_clients() -> Vec<(String, String)> {
    let client = |id: &str| {
        let key = id.to_uppercase();
        [
            (format!("AUTH_{key}_CLIENT_ID"), format!("{id}-sign-in")),
            (format!("AUTH_{key}_CLIENT_SECRET"), format!("{id}-sign-in-secret")),
        ]
    };
    PROVIDERS.iter().flat_map(|id| client(id)).collect()
}

async fn sandbox(url: &str) -> Running {
    let callbacks: Vec<String> = PROVIDERS.iter().map(|id| format!("{url}/api/auth/callback/{id}")).collect();
    let mut pairs: Vec<(String, String)> = [
        ("ENVIRONMENT", "development"),
        ("PORT", "0"),
        ("SANDBOX_SMTP_PORT", "0"),
        ("GITHUB_CLIENT_ID", "unused"),
        ("GITHUB_CLIENT_SECRET", "unused"),
        ("GITHUB_WEBHOOK_SECRET", "unused"),
        ("LINEAR_CLIENT_ID", "unused"),
        ("LINEAR_CLIENT_SECRET", "unused"),
        ("LINEAR_WEBHOOK_SECRET", "unused"),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .to_vec();
    pairs.push(("SANDBOX_SIGN_IN_REDIRECT_URIS".to_owned(), callbacks.join(",")));
    pairs.extend(sign_in_clients());
    sandbox::spawn(sandbox::Config::from_env(&Env::from_pairs(pairs)).unwrap()).await.unwrap()
}
