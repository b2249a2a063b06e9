//! The vendors' side: the sandbox, its people, and its switches.

use super::{
    Answer, Client,
    keys::{APP_ID, APP_SLUG},
};
use kernel::Secret;
use sandbox::{Config, ConnectApp, ConnectApps, GithubApp, GithubConfig, LinearConfig, Running, SignInApp, SignInApps};
use serde_json::{Map, Value, json};
use url::Url;

pub const GITHUB_WEBHOOK_SECRET: &str = "github-webhook-secret-zXcanaryXz-of-the-tests";
pub const LINEAR_WEBHOOK_SECRET: &str = "linear-webhook-secret-zXcanaryXz-of-the-tests";
pub const SLACK_SIGNING_SECRET: &str = "slack-signing-secret-zXcanaryXz-of-the-tests";
pub const JIRA_WEBHOOK_SECRET: &str = "jira-webhook-secret-zXcanaryXz-of-the-tests";
pub const GITHUB_CLIENT_SECRET: &str = "github-client-secret-zXcanaryXz-of-the-tests";
pub const LINEAR_CLIENT_SECRET: &str = "linear-client-secret-zXcanaryXz-of-the-tests";

/// The client of a tenant of the tests.
pub const OWN_CLIENT_ID: &str = "lin-of-a-tenant";
pub const OWN_CLIENT_SECRET: &str = "linear-client-secret-zXcanaryXz-of-a-tenant";

/// A vendor that a person connects, and that needs no settings beside a client.
pub struct Plain {
    pub provider: &'static str,
    /// The sandbox's name of it.
    pub vendor: &'static str,
    /// Where its API says whose a token is.
    pub me: &'static str,
}

pub const PLAIN: [Plain; 5] = [
    Plain { provider: "google", vendor: "google", me: "/google/v1/userinfo" },
    Plain { provider: "jira", vendor: "atlassian", me: "/atlassian/me" },
    Plain { provider: "slack", vendor: "slack", me: "/slack/api/users.info" },
    Plain { provider: "spotify", vendor: "spotify", me: "/spotify/v1/me" },
    Plain { provider: "zoho", vendor: "zoho", me: "/zoho/us/oauth/user/info" },
];

impl Plain {
    fn find(provider: &str) -> Option<&'static Self> {
        PLAIN.iter().find(|plain| plain.provider == provider)
    }

    fn client(&self) -> (String, String) {
        let Self { provider, .. } = self;
        (format!("{provider}-tests"), format!("{provider}-client-secret-zXcanaryXz-of-the-tests"))
    }

    /// The connectors' settings for it.
    pub fn environment(&self, sandbox: &str) -> [(String, String); 3] {
        let (id, secret) = self.client();
        let key = |name: &str| format!("{}_{name}", self.provider.to_uppercase());
        let base = format!("{sandbox}/{}", self.vendor);
        [(key("CLIENT_ID"), id), (key("CLIENT_SECRET"), secret), (key("BASE_URL"), base)]
    }

    /// Its side of the same.
    fn app(&self, url: &str) -> ConnectApp {
        let (client_id, secret) = self.client();
        let redirect_uris = vec![format!("{url}/oauth/{}/callback", self.provider)];
        ConnectApp { client_id, client_secret: Secret::from(secret), redirect_uris }
    }
}

pub struct Sandbox {
    running: Running,
    client: Client,
}

impl Sandbox {
    /// `url`: the service that is called back. `key`: of the GitHub App, if there is one.
    pub async fn start(url: &str, key: Option<&str>) -> Self {
        let plain = |provider: &str| Plain::find(provider).map(|plain| plain.app(url));
        let running = sandbox::spawn(Config {
            port: 0,
            github: GithubConfig {
                client_id: "Iv1.tests".to_owned(),
                client_secret: Secret::from(GITHUB_CLIENT_SECRET),
                webhook_secret: Secret::from(GITHUB_WEBHOOK_SECRET),
                redirect_uris: vec![format!("{url}/oauth/github/callback")],
                app: key.map(|key| GithubApp {
                    id: APP_ID,
                    slug: APP_SLUG.to_owned(),
                    private_key_pem: Secret::from(key),
                }),
            },
            linear: LinearConfig {
                client_id: "lin-tests".to_owned(),
                client_secret: Secret::from(LINEAR_CLIENT_SECRET),
                webhook_secret: Secret::from(LINEAR_WEBHOOK_SECRET),
                redirect_uris: vec![format!("{url}/oauth/linear/callback")],
            },
            connect: ConnectApps {
                atlassian: plain("jira"),
                google: plain("google"),
                slack: plain("slack"),
                slack_signing_secret: Some(Secret::from(SLACK_SIGNING_SECRET)),
                spotify: plain("spotify"),
                zoho: plain("zoho"),
                ..ConnectApps::default()
            },
            // A second client at the same vendor, for a tenant that brings its own.
            sign_in: SignInApps {
                linear: Some(SignInApp {
                    client_id: OWN_CLIENT_ID.to_owned(),
                    client_secret: Secret::from(OWN_CLIENT_SECRET),
                    redirect_uris: vec![format!("{url}/oauth/linear/callback")],
                }),
                ..SignInApps::default()
            },
            smtp_port: None,
            webhook_base: Some(url.parse().unwrap()),
            webhook_ca_pem_path: None,
            state_file: None,
        })
        .await
        .unwrap();
        let client = Client::new(&running.url, false);
        Self { running, client }
    }

    pub fn url(&self) -> &str {
        &self.running.url
    }

    pub async fn control(&self, path: &str, body: Value) -> Value {
        let answer = self.client.post(&format!("/_control/{path}"), &body).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.text);
        answer.json()
    }

    pub async fn look(&self, path: &str) -> Value {
        self.client.get(&format!("/_control/{path}")).await.with(200)
    }

    pub async fn put_control(&self, path: &str, body: &Value) {
        let answer = self.client.put_json(&format!("/_control/{path}"), body).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.text);
    }

    pub async fn delete_control(&self, path: &str) {
        let answer = self.client.delete(&format!("/_control/{path}")).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.text);
    }

    pub async fn state(&self) -> Value {
        self.client.get("/_control/state").await.json()
    }

    /// One of the counters.
    pub async fn count(&self, vendor: &str, name: &str) -> u64 {
        self.state().await[vendor][name].as_u64().unwrap()
    }

    pub async fn fault(&self, vendor: &str, on: &str, kind: &str, times: u32) {
        self.control(&format!("{vendor}/faults"), json!({"on": on, "kind": kind, "times": times})).await;
    }

    pub async fn settings(&self, vendor: &str, change: Value) {
        self.control(&format!("{vendor}/settings"), change).await;
    }

    /// Somebody does something with their things at the vendor; the ids of what they did it with.
    pub async fn change(&self, vendor: &str, account: &str, order: Value) -> Vec<String> {
        let mut order = order;
        order["account"] = account.into();
        let done = self.control(&format!("{vendor}/data"), order).await;
        done["ids"].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect()
    }

    /// Waits until the vendor holds an answer back.
    pub async fn held(&self, vendor: &str) {
        let held = self.client.get(&format!("/_control/{vendor}/held")).await.json();
        assert_eq!(held["held"], 1, "{held}");
    }

    /// Lets every answer go that is held.
    pub async fn release(&self, vendor: &str) {
        self.control(&format!("{vendor}/release"), json!({})).await;
    }

    /// The person at the vendor's page agrees (or not); returns where the browser is sent.
    pub async fn answer_consent(&self, authorize_url: &str, account: &str, consent: &str) -> Answer {
        let mut url: Url = authorize_url.parse().unwrap();
        url.query_pairs_mut().append_pair("sandbox_account", account).append_pair("sandbox_consent", consent);
        self.client.get(url.as_str()).await
    }

    /// Where the vendor sends the browser back to us, after it may have sent it elsewhere among its own pages.
    pub async fn approve(&self, authorize_url: &str, account: &str) -> Url {
        let mut next = self.answer_consent(authorize_url, account, "approve").await.location();
        while next.as_str().starts_with(&format!("{}/", self.url())) {
            next = self.client.get(next.as_str()).await.location();
        }
        next
    }

    /// Whether the vendor's API takes the token.
    pub async fn accepts(&self, provider: &str, token: &str) -> bool {
        let caller = self.client.bearer(token);
        let answer = match (provider, Plain::find(provider)) {
            ("slack", _) => return self.slack_user(token).await.is_some(),
            (_, Some(plain)) => caller.get(plain.me).await,
            ("github", None) => caller.get("/github/api/v3/user").await,
            (_, None) => caller.post("/linear/graphql", &json!({"query": "query { viewer { id } }"})).await,
        };
        answer.status.is_success()
    }

    /// Whom Slack takes the token for.
    pub async fn slack_user(&self, token: &str) -> Option<String> {
        let answer = self.client.bearer(token).post_nothing("/slack/api/auth.test").await.json();
        answer["user_id"].as_str().map(str::to_owned)
    }

    pub async fn installations(&self, wish: Value) -> Value {
        self.control("github/installations", wish).await
    }

    /// Delivers a webhook as the vendor does; what the receiver answered.
    pub async fn webhook(&self, vendor: &str, order: Value) -> Value {
        self.control(&format!("{vendor}/webhooks"), order).await
    }
}

pub fn github_signature(body: &[u8]) -> String {
    sandbox::sign_github(&Secret::from(GITHUB_WEBHOOK_SECRET), body)
}

pub fn linear_signature(body: &[u8]) -> String {
    sandbox::sign_linear(&Secret::from(LINEAR_WEBHOOK_SECRET), body)
}

/// A Linear payload with its signed time.
pub fn linear_body(payload: Value, at_ms: i64) -> Vec<u8> {
    let mut members: Map<String, Value> = serde_json::from_value(payload).unwrap();
    members.insert("webhookTimestamp".to_owned(), json!(at_ms));
    Value::Object(members).to_string().into_bytes()
}
