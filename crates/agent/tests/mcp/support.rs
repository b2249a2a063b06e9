//! A sandbox, somebody's token at one of its vendors, and the client under test.

use agent::{
    Content, Outcome, Progress,
    mcp::{McpBounds, McpError, McpServer, Session},
};
use kernel::Secret;
use outbound::{Client, HostPolicy};
use sandbox::{Config, ConnectApps, GithubConfig, LinearConfig, Running, SignInApps};
use serde_json::{Value, json};
use std::{sync::Mutex, time::Duration};
use url::Url;

const CALLBACK: &str = "https://localhost/oauth/linear/callback";

/// The pair of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Of tests: more time than any answer takes, on any machine.
pub const BOUNDS: McpBounds =
    McpBounds { opening: testkit::PATIENCE, idle: testkit::PATIENCE, total: testkit::PATIENCE, bytes: 4 * 1024 * 1024 };
/// The same, and a server that is silent is soon given up.
pub const HASTE: McpBounds = McpBounds { idle: Duration::from_millis(400), ..BOUNDS };

pub struct World {
    sandbox: Running,
    pub client: Client,
    pub token: Secret,
}

impl World {
    /// Linear's server, and a person who may read and write there.
    pub async fn start() -> Self {
        Self::with_scope("read,write").await
    }

    pub async fn with_scope(scope: &str) -> Self {
        let app = LinearConfig {
            client_id: "lin-tests".to_owned(),
            client_secret: Secret::from("linear secret"),
            webhook_secret: Secret::from("linear webhooks"),
            redirect_uris: vec![CALLBACK.to_owned()],
        };
        let sandbox = sandbox::spawn(Config {
            port: 0,
            github: GithubConfig {
                client_id: "Iv1.tests".to_owned(),
                client_secret: Secret::from("github secret"),
                webhook_secret: Secret::from("github webhooks"),
                redirect_uris: Vec::new(),
                app: None,
            },
            linear: app,
            connect: ConnectApps::default(),
            sign_in: SignInApps::default(),
            smtp_port: None,
            webhook_base: None,
            webhook_ca_pem_path: None,
            state_file: None,
        })
        .await
        .unwrap();
        let mut world = Self { sandbox, client: Client::new("agent-tests").unwrap(), token: Secret::from("none") };
        world.token = world.connect(scope).await;
        world
    }

    pub fn url(&self, path: &str) -> Url {
        format!("{}{path}", self.sandbox.url).parse().unwrap()
    }

    fn hosts(&self) -> HostPolicy {
        HostPolicy::allow([self.sandbox.url.as_str()]).unwrap()
    }

    async fn connect(&self, scope: &str) -> Secret {
        let mut authorize = self.url("/linear/oauth/authorize");
        authorize.query_pairs_mut().extend_pairs([
            ("client_id", "lin-tests"),
            ("redirect_uri", CALLBACK),
            ("response_type", "code"),
            ("scope", scope),
            ("state", "st4te"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
            ("sandbox_consent", "approve"),
        ]);
        let request = self.client.request(&self.hosts(), http::Method::GET, &authorize).unwrap();
        let back = self.client.send(request, 65_536).await.unwrap();
        let back: Url = back.headers["location"].to_str().unwrap().parse().unwrap();
        let code =
            back.query_pairs().find(|(name, _)| name == "code").unwrap_or_else(|| panic!("{back}")).1.into_owned();
        let form = [
            ("client_id", "lin-tests"),
            ("client_secret", "linear secret"),
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        let token_url = self.url("/linear/oauth/token");
        let request = self.client.request(&self.hosts(), http::Method::POST, &token_url).unwrap().form(&form);
        let answer = self.client.send(request, 65_536).await.unwrap();
        let answer: Value = serde_json::from_slice(&answer.body).unwrap();
        Secret::from(answer["access_token"].as_str().unwrap())
    }

    /// A request to the sandbox's control.
    pub async fn control(&self, method: http::Method, path: &str, body: Option<Value>) -> Value {
        let url = self.url(&format!("/_control/{path}"));
        let request = self.client.request(&self.hosts(), method, &url).unwrap();
        let request = body.into_iter().fold(request, |request, body| request.json(&body));
        let answer = self.client.send(request, 16 * 1024 * 1024).await.unwrap();
        assert!(answer.status.is_success(), "{path}: {}", String::from_utf8_lossy(&answer.body));
        serde_json::from_slice(&answer.body).unwrap_or_default()
    }

    /// What Linear's server is like from now on.
    pub async fn server_is(&self, change: Value) {
        self.control(http::Method::POST, "linear/mcp", Some(change)).await;
    }

    /// A tool `odd` that does this.
    pub async fn odd_tool(&self, does: Value) {
        let tool = json!({"definition": {"name": "odd", "description": "Odd."}, "does": does});
        self.server_is(json!({"tools": [tool]})).await;
    }

    /// The methods that Linear's server was asked for, in order; `GET` and the like where there was none.
    pub async fn asked(&self) -> Vec<String> {
        let requests = self.control(http::Method::GET, "linear/mcp/requests", None).await;
        let list = requests.as_array().or_else(|| requests["requests"].as_array()).unwrap().clone();
        let name =
            |one: &Value| one["body"]["method"].as_str().or(one["method"].as_str()).unwrap_or_default().to_owned();
        list.iter().map(name).collect()
    }

    /// How many of Linear's answers are going on.
    pub async fn open_streams(&self) -> u64 {
        let state = self.control(http::Method::GET, "state", None).await;
        find(&state, "open_streams", "linear")
    }

    pub fn server(&self) -> McpServer<'_> {
        McpServer {
            client: &self.client,
            hosts: self.hosts(),
            url: self.url("/linear/mcp"),
            bearer: Some(self.token.clone()),
            bounds: BOUNDS,
        }
    }

    pub async fn open(&self) -> Session {
        Session::open(&self.server()).await.unwrap()
    }

    /// What the tool `odd` brings, with progress as it was told.
    pub async fn call_odd(&self, session: &Session) -> (Result<Outcome, McpError>, Vec<Progress>) {
        let told = Mutex::new(Vec::new());
        let tell = |progress| told.lock().unwrap().push(progress);
        let outcome = session.try_call("odd", serde_json::Map::new(), &tell).await;
        (outcome, told.into_inner().unwrap())
    }
}

/// The counter of a vendor in the sandbox's state.
fn find(state: &Value, counter: &str, vendor: &str) -> u64 {
    let vendors = state.get("vendors").unwrap_or(state);
    let vendor = &vendors[vendor];
    vendor[counter].as_u64().or_else(|| vendor["counters"][counter].as_u64()).unwrap_or_else(|| panic!("{state}"))
}

/// The first text.
pub fn text(outcome: &Outcome) -> &str {
    match outcome.content.first() {
        Some(Content::Text(text)) => text,
        other => panic!("{other:?}"),
    }
}

/// Waits until it is so, asking again and again.
pub async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !is_so().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(testkit::PATIENCE, waiting).await.unwrap_or_else(|_| panic!("never: {what}"));
}
