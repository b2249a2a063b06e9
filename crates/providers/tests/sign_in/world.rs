//! A sandbox with an app at every vendor, and the auth service's side of a sign-in.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::Method;
use kernel::{Env, Secret};
use outbound::{Answer, HostPolicy};
use providers::{
    CallError,
    sign_in::{ALL, ConfiguredSignIn, Pkce, Profile, configured},
};
use sandbox::{Config, ConnectApps, GithubConfig, LinearConfig, Running, SignInApp, SignInApps};
use serde_json::{Map, Value, json};
use url::Url;

/// The pair of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub struct World {
    pub sandbox: Running,
    pub client: outbound::Client,
    pub vendors: Vec<ConfiguredSignIn>,
}

/// What an exchange brought.
pub struct SignedIn {
    pub access_token: Secret,
    pub claims: Option<Map<String, Value>>,
}

fn callback(id: &str) -> String {
    format!("https://localhost/api/auth/callback/{id}")
}

impl World {
    pub async fn new() -> Self {
        let app = |id: &str| {
            let (client_id, client_secret) = (format!("client-{id}"), Secret::from("sign-in secret"));
            Some(SignInApp { client_id, client_secret, redirect_uris: vec![callback(id)] })
        };
        let secret = || Secret::from("not used here");
        let sandbox = sandbox::spawn(Config {
            port: 0,
            github: GithubConfig {
                client_id: "connect".to_owned(),
                client_secret: secret(),
                webhook_secret: secret(),
                redirect_uris: Vec::new(),
                app: None,
            },
            linear: LinearConfig {
                client_id: "connect".to_owned(),
                client_secret: secret(),
                webhook_secret: secret(),
                redirect_uris: Vec::new(),
            },
            connect: ConnectApps::default(),
            sign_in: SignInApps {
                github: app("github"),
                google: app("google"),
                slack: app("slack"),
                linear: app("linear"),
                spotify: app("spotify"),
                atlassian: app("atlassian"),
            },
            smtp_port: None,
            webhook_base: None,
            webhook_ca_pem_path: None,
            state_file: None,
        })
        .await
        .unwrap();
        let mut pairs = vec![("ENVIRONMENT", "development".to_owned())];
        for sign_in in ALL {
            pairs.push((sign_in.keys.client_id, format!("client-{}", sign_in.id)));
            pairs.push((sign_in.keys.client_secret, "sign-in secret".to_owned()));
            pairs.push((sign_in.keys.base_url, format!("{}/{}", sandbox.url, sign_in.id)));
        }
        let env = Env::from_pairs(pairs);
        let vendors = configured(&env);
        env.finish().unwrap();
        assert_eq!(vendors.len(), ALL.len());
        Self { sandbox, client: outbound::Client::new("sign-in-tests").unwrap(), vendors }
    }

    pub fn vendor(&self, id: &str) -> &ConfiguredSignIn {
        self.vendors.iter().find(|vendor| vendor.sign_in.id == id).unwrap()
    }

    async fn send(&self, method: Method, url: &Url, body: Option<&Value>) -> Answer {
        let hosts = HostPolicy::allow([self.sandbox.url.as_str()]).unwrap();
        let request = self.client.request(&hosts, method, url).unwrap();
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        self.client.send(request, 1024 * 1024).await.unwrap()
    }

    pub async fn control(&self, path: &str, body: Value) {
        let url = format!("{}/_control/{path}", self.sandbox.url).parse().unwrap();
        let answer = self.send(Method::POST, &url, Some(&body)).await;
        assert!(answer.status.is_success(), "{path}: {:?}", answer.body);
    }

    /// Consent and exchange, as the record says they are done.
    pub async fn sign_in(&self, vendor: &ConfiguredSignIn) -> SignedIn {
        let record = vendor.sign_in;
        let scopes = record.scopes.default.join(record.scopes.separator);
        let redirect_uri = callback(record.id);
        let mut pairs = vec![
            ("response_type", "code"),
            ("client_id", &vendor.client_id),
            ("redirect_uri", &redirect_uri),
            ("scope", &scopes),
            ("state", "st4te"),
            ("sandbox_consent", "approve"),
        ];
        if record.pkce == Pkce::S256 {
            pairs.extend([("code_challenge", CHALLENGE), ("code_challenge_method", "S256")]);
        }
        pairs.extend(record.authorize_extra);
        let url = Url::parse_with_params(vendor.endpoints.authorize.as_str(), pairs).unwrap();
        let answer = self.send(Method::GET, &url, None).await;
        let location: Url = answer.headers["location"].to_str().unwrap().parse().unwrap();
        let found = location.query_pairs().find(|(name, _)| name == "code");
        let code = found.unwrap_or_else(|| panic!("{} refuses: {location}", record.id)).1.into_owned();
        self.redeem(vendor, &code, &redirect_uri).await
    }

    async fn redeem(&self, vendor: &ConfiguredSignIn, code: &str, redirect_uri: &str) -> SignedIn {
        let secret = vendor.client_secret.expose();
        let mut form = vec![("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirect_uri)];
        if vendor.sign_in.pkce == Pkce::S256 {
            form.push(("code_verifier", VERIFIER));
        }
        let mut request = self.client.request(&vendor.hosts, Method::POST, &vendor.endpoints.token).unwrap();
        match vendor.sign_in.client_auth {
            oauth::ClientAuth::Basic => request = request.basic_auth(&vendor.client_id, Some(secret)),
            oauth::ClientAuth::Body => {
                form.extend([("client_id", vendor.client_id.as_str()), ("client_secret", secret)]);
            }
            oauth::ClientAuth::Public => form.push(("client_id", vendor.client_id.as_str())),
        }
        let request = request.header("accept", "application/json").form(&form);
        let answer = self.client.send(request, 1024 * 1024).await.unwrap();
        let answer = vendor.sign_in.vendor.read_token_answer(serde_json::from_slice(&answer.body).unwrap());
        let access_token = answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}")).into();
        let claims = answer["id_token"].as_str().map(|token| {
            let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
            serde_json::from_slice(&payload).unwrap()
        });
        SignedIn { access_token, claims }
    }

    pub async fn profile(&self, vendor: &ConfiguredSignIn, who: &SignedIn) -> Result<Profile, CallError> {
        let call = vendor.call(&self.client, &who.access_token, who.claims.as_ref());
        vendor.sign_in.vendor.profile(call).await
    }

    /// The profile of a fresh sign-in, without the raw answer.
    pub async fn seen(&self, id: &str) -> (String, String, Option<String>, bool) {
        let vendor = self.vendor(id);
        let who = self.sign_in(vendor).await;
        let profile = self.profile(vendor, &who).await.unwrap();
        (profile.account_id, profile.name, profile.email, profile.email_verified)
    }

    pub async fn fault(&self, id: &str, kind: &str) {
        self.control(&format!("{id}/faults"), json!({"on": "api", "kind": kind})).await;
    }
}
