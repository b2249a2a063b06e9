//! The service under test, and a browser.

use auth::{App, Config, service};
use edge::Shutdown;
use kernel::{Clock, Env};
use reqwest::{
    Client, Method, StatusCode,
    header::{CONTENT_TYPE, COOKIE, HeaderMap, ORIGIN, SET_COOKIE},
    redirect::Policy,
};
use serde_json::{Value, json};
use std::sync::Arc;
use testkit::Database;

pub const FRONTEND: &str = "http://localhost:3000";
pub const ISSUER: &str = "https://auth.example";
pub const AUDIENCE: &str = "connectors";
pub const PASSWORD: &str = "correct horse battery";

/// A service on a port of its own over a database of its own, whose clock the test moves.
pub struct Service {
    pub url: String,
    pub clock: Clock,
    pub database: Arc<Database>,
    /// What serves, for what a test does to it that no request can.
    pub app: Arc<App>,
    shutdown: Shutdown,
    client: Client,
}

impl Drop for Service {
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
        serde_json::from_str(&self.text).unwrap()
    }

    /// Status and body, for comparing as a whole.
    pub fn whole(&self) -> (u16, Value) {
        (self.status.as_u16(), self.json())
    }

    pub fn cookies(&self) -> Vec<&str> {
        self.headers.get_all(SET_COOKIE).iter().map(|value| value.to_str().unwrap()).collect()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// What a browser would send back: every cookie that was set, without its attributes.
    pub fn jar(&self) -> String {
        let pairs: Vec<_> = self.cookies().iter().map(|cookie| cookie.split(';').next().unwrap()).collect();
        pairs.join("; ")
    }
}

/// The configuration that tests run under; later pairs win.
pub fn config(more: &[(&str, &str)]) -> Config {
    let pairs = [
        ("ENVIRONMENT", "development"),
        ("DATABASE_URL", "postgres://unused"),
        ("PUBLIC_URL", "http://localhost:5001"),
        ("CORS_ORIGINS", FRONTEND),
        ("BETTER_AUTH_SECRET", "contract-test-secret-0123456789abcdef-XYZ"),
        ("JWT_SECRET", "another-test-secret-0123456789abcdef-XYZ"),
        ("AUTH_ISSUER", ISSUER),
        ("AUTH_AUDIENCE", AUDIENCE),
        ("AUTH_RATE_LIMIT", "off"),
    ];
    Config::from_env(&Env::from_pairs(pairs.iter().chain(more).copied())).unwrap()
}

impl Service {
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    pub async fn with(more: &[(&str, &str)]) -> Self {
        Self::on(Arc::new(Database::fresh().await), Clock::system(), more).await
    }

    /// A replica with settings of its own, over the same database and at the same time.
    pub async fn over(other: &Self, more: &[(&str, &str)]) -> Self {
        Self::on(Arc::clone(&other.database), other.clock.clone(), more).await
    }

    #[expect(clippy::disallowed_methods, reason = "the test is the outside world")]
    async fn on(database: Arc<Database>, clock: Clock, more: &[(&str, &str)]) -> Self {
        let (config, shutdown) = (config(more), Shutdown::new());
        let app = Arc::new(App::new(&config, database.pool.clone(), clock.clone()).unwrap());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(edge::serve(listener, service(&config, Arc::clone(&app)), shutdown.clone()));
        Self {
            url,
            clock,
            database,
            app,
            shutdown,
            client: Client::builder().redirect(Policy::none()).build().unwrap(),
        }
    }

    /// Any request at all.
    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: impl Into<String>) -> Answer {
        let mut request = self.client.request(method, format!("{}{path}", self.url)).body(body.into());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        Answer { status, headers, text: response.text().await.unwrap() }
    }

    pub async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(Method::GET, path, headers, "").await
    }

    /// A page of the frontend posts JSON.
    pub async fn post(&self, path: &str, cookie: &str, body: &Value) -> Answer {
        let mut headers = vec![(ORIGIN.as_str(), FRONTEND), (CONTENT_TYPE.as_str(), "application/json")];
        if !cookie.is_empty() {
            headers.push((COOKIE.as_str(), cookie));
        }
        self.send(Method::POST, path, &headers, body.to_string()).await
    }

    /// Ada signs up; the answer's jar is her browser.
    pub async fn ada(&self) -> Answer {
        let form = json!({"name": "Ada", "email": "Ada@Example.com", "password": PASSWORD});
        let answer = self.post("/api/auth/sign-up/email", "", &form).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer
    }

    pub async fn sign_in(&self, more: &Value) -> Answer {
        let mut form = json!({"email": "ada@example.com", "password": PASSWORD});
        form.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.post("/api/auth/sign-in/email", "", &form).await
    }

    pub async fn session(&self, headers: &[(&str, &str)]) -> Answer {
        self.get("/api/auth/get-session", headers).await
    }

    pub async fn count(&self, table: &'static str) -> i64 {
        self.database.count(table).await
    }
}

/// The three cookies of ours, taken away.
pub const FORGOTTEN: [&str; 3] = [
    "better-auth.session_token=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax",
    "better-auth.session_data=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax",
    "better-auth.dont_remember=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax",
];

pub fn problem(status: u16, code: &str, message: &str) -> (u16, Value) {
    (status, json!({"message": message, "code": code}))
}
