//! A sandbox on a free port, and the client's side of both vendors.

use kernel::Secret;
use reqwest::{Client, Response, StatusCode};
use sandbox::{Config, ConnectApps, GithubConfig, LinearConfig, Running, SignInApps};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use url::Url;

pub const GITHUB_CALLBACK: &str = "https://localhost/oauth/github/callback";
pub const LINEAR_CALLBACK: &str = "https://localhost/oauth/linear/callback";
/// The pair of RFC 7636, appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub fn config() -> Config {
    Config {
        port: 0,
        github: GithubConfig {
            client_id: "Iv1.sandbox".to_owned(),
            client_secret: Secret::from("github secret"),
            webhook_secret: Secret::from("gh_test_secret"),
            redirect_uris: vec![GITHUB_CALLBACK.to_owned()],
            app: None,
        },
        linear: LinearConfig {
            client_id: "lin-sandbox".to_owned(),
            client_secret: Secret::from("linear secret"),
            webhook_secret: Secret::from("lin_wh_test_secret"),
            redirect_uris: vec![LINEAR_CALLBACK.to_owned()],
        },
        connect: ConnectApps::default(),
        sign_in: SignInApps::default(),
        smtp_port: None,
        webhook_base: None,
        webhook_ca_pem_path: None,
        state_file: None,
    }
}

/// What a vendor is told apart by, so that a story can be told once for both.
#[derive(Clone, Copy)]
pub struct Vendor {
    pub slug: &'static str,
    pub authorize: &'static str,
    pub token: &'static str,
    pub client_id: &'static str,
    pub client_secret: &'static str,
    pub callback: &'static str,
    pub scope: &'static str,
}

pub const GITHUB: Vendor = Vendor {
    slug: "github",
    authorize: "/github/login/oauth/authorize",
    token: "/github/login/oauth/access_token",
    client_id: "Iv1.sandbox",
    client_secret: "github secret",
    callback: GITHUB_CALLBACK,
    scope: "repo read:org",
};

pub const LINEAR: Vendor = Vendor {
    slug: "linear",
    authorize: "/linear/oauth/authorize",
    token: "/linear/oauth/token",
    client_id: "lin-sandbox",
    client_secret: "linear secret",
    callback: LINEAR_CALLBACK,
    scope: "read,write",
};

pub struct Sandbox {
    pub running: Running,
    pub client: Client,
}

pub struct Answer {
    pub status: StatusCode,
    pub body: Value,
}

pub async fn start(config: Config) -> Sandbox {
    Sandbox { running: sandbox::spawn(config).await.unwrap(), client: browser() }
}

/// Keeps cookies and follows nothing: a redirect is looked at.
#[expect(clippy::disallowed_methods, reason = "a test is a client of its own, on this machine only")]
pub fn browser() -> Client {
    Client::builder()
        .user_agent("sandbox-tests")
        .cookie_store(true)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .unwrap()
}

impl Sandbox {
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.running.url)
    }

    pub async fn get(&self, path: &str) -> Response {
        self.client.get(self.url(path)).send().await.unwrap()
    }

    /// An authorize address that is right in every point, with some parameters changed, added or (`None`) left out.
    pub fn authorize_url(&self, vendor: Vendor, changes: &[(&'static str, Option<&str>)]) -> String {
        let mut parameters = BTreeMap::from([
            ("client_id", vendor.client_id),
            ("redirect_uri", vendor.callback),
            ("response_type", "code"),
            ("scope", vendor.scope),
            ("state", "st4te"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ]);
        for (name, value) in changes {
            match value {
                Some(value) => parameters.insert(name, value),
                None => parameters.remove(name),
            };
        }
        Url::parse_with_params(&self.url(vendor.authorize), parameters).unwrap().to_string()
    }

    pub async fn code(&self, vendor: Vendor) -> String {
        let url = self.authorize_url(vendor, &[("sandbox_consent", Some("approve"))]);
        query(&self.client.get(url).send().await.unwrap())["code"].clone()
    }

    /// A request to the token endpoint, JSON accepted.
    pub async fn token(&self, vendor: Vendor, fields: &[(&str, &str)]) -> Answer {
        let mut form = vec![("client_id", vendor.client_id), ("client_secret", vendor.client_secret)];
        form.extend(fields);
        let request = self.client.post(self.url(vendor.token)).header("accept", "application/json").form(&form);
        answer(request.send().await.unwrap()).await
    }

    pub async fn exchange(&self, vendor: Vendor, code: &str) -> Answer {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", vendor.callback),
            ("code_verifier", VERIFIER),
        ];
        self.token(vendor, &fields).await
    }

    pub async fn refresh(&self, vendor: Vendor, refresh_token: &str) -> Answer {
        self.token(vendor, &[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await
    }

    /// Access and refresh token of a new connection.
    pub async fn connect(&self, vendor: Vendor) -> (String, String) {
        let code = self.code(vendor).await;
        pair(&self.exchange(vendor, &code).await.body)
    }

    /// Whether the vendor's API takes the token.
    pub async fn api(&self, vendor: Vendor, token: &str) -> Answer {
        let request = match vendor.slug {
            "github" => self.client.get(self.url("/github/api/v3/user")),
            _ => self
                .client
                .post(self.url("/linear/graphql"))
                .json(&json!({"query": "query { viewer { id name app } organization { id name urlKey } }"})),
        };
        answer(request.bearer_auth(token).send().await.unwrap()).await
    }

    pub async fn control(&self, path: &str, body: Value) -> Answer {
        answer(self.client.post(self.url(&format!("/_control/{path}"))).json(&body).send().await.unwrap()).await
    }

    /// One field of the counters.
    pub async fn counter(&self, vendor: &str, name: &str) -> u64 {
        answer(self.get("/_control/state").await).await.body[vendor][name].as_u64().unwrap()
    }
}

pub async fn answer(response: Response) -> Answer {
    let status = response.status();
    Answer { status, body: serde_json::from_str(&response.text().await.unwrap()).unwrap_or(Value::Null) }
}

pub fn pair(body: &Value) -> (String, String) {
    let text = |name: &str| body[name].as_str().unwrap_or_else(|| panic!("no {name} in {body}")).to_owned();
    (text("access_token"), text("refresh_token"))
}

/// The query of the address that a redirect leads to.
pub fn query(response: &Response) -> BTreeMap<String, String> {
    let location = response.headers()["location"].to_str().unwrap();
    Url::parse(location).unwrap().query_pairs().into_owned().collect()
}
