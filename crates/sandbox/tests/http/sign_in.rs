//! Signing in at all six vendors, as the auth service does it.

use crate::support::{Answer, CHALLENGE, GITHUB, Sandbox, VERIFIER, answer, config, query, start};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use kernel::Secret;
use reqwest::StatusCode;
use sandbox::{Config, SignInApp, SignInApps};
use serde_json::{Value, json};
use url::Url;

/// A vendor as the auth service is configured for it.
#[derive(Clone, Copy)]
struct SignIn {
    slug: &'static str,
    authorize: &'static str,
    token: &'static str,
    profile: &'static str,
    scope: &'static str,
    pkce: bool,
    basic: bool,
    extra: &'static [(&'static str, &'static str)],
}

const GOOGLE: SignIn = SignIn {
    slug: "google",
    authorize: "/google/o/oauth2/v2/auth",
    token: "/google/token",
    profile: "/google/v1/userinfo",
    scope: "openid email profile",
    pkce: true,
    basic: false,
    extra: &[],
};
const SLACK: SignIn = SignIn {
    slug: "slack",
    authorize: "/slack/openid/connect/authorize",
    token: "/slack/api/openid.connect.token",
    profile: "/slack/api/openid.connect.userInfo",
    scope: "openid profile email",
    pkce: false,
    ..GOOGLE
};
const SPOTIFY: SignIn = SignIn {
    slug: "spotify",
    authorize: "/spotify/authorize",
    token: "/spotify/api/token",
    profile: "/spotify/v1/me",
    scope: "user-read-email",
    basic: true,
    ..GOOGLE
};
const ATLASSIAN: SignIn = SignIn {
    slug: "atlassian",
    authorize: "/atlassian/authorize",
    token: "/atlassian/oauth/token",
    profile: "/atlassian/me",
    scope: "read:me",
    extra: &[("audience", "api.atlassian.com"), ("prompt", "consent")],
    ..GOOGLE
};
const GITHUB_SIGN_IN: SignIn = SignIn {
    slug: "github",
    authorize: "/github/login/oauth/authorize",
    token: "/github/login/oauth/access_token",
    profile: "/github/api/v3/user",
    scope: "read:user user:email",
    ..GOOGLE
};
const LINEAR_SIGN_IN: SignIn = SignIn {
    slug: "linear",
    authorize: "/linear/oauth/authorize",
    token: "/linear/oauth/token",
    profile: "/linear/graphql",
    scope: "read",
    ..GOOGLE
};
const ALL: [SignIn; 6] = [GITHUB_SIGN_IN, GOOGLE, SLACK, LINEAR_SIGN_IN, SPOTIFY, ATLASSIAN];

impl SignIn {
    fn callback(self) -> String {
        format!("https://localhost/api/auth/callback/{}", self.slug)
    }

    fn client_id(self) -> String {
        format!("sign-in-{}", self.slug)
    }
}

fn sign_in_config() -> Config {
    let app = |vendor: SignIn| {
        let (client_id, client_secret) = (vendor.client_id(), Secret::from("sign-in secret"));
        Some(SignInApp { client_id, client_secret, redirect_uris: vec![vendor.callback()] })
    };
    let sign_in = SignInApps {
        github: app(GITHUB_SIGN_IN),
        google: app(GOOGLE),
        slack: app(SLACK),
        linear: app(LINEAR_SIGN_IN),
        spotify: app(SPOTIFY),
        atlassian: app(ATLASSIAN),
    };
    Config { sign_in, ..config() }
}

fn authorize_url(sandbox: &Sandbox, vendor: SignIn, changes: &[(&str, Option<&str>)]) -> String {
    let (client_id, callback) = (vendor.client_id(), vendor.callback());
    let mut pairs = vec![
        ("client_id", client_id.as_str()),
        ("redirect_uri", &callback),
        ("response_type", "code"),
        ("scope", vendor.scope),
        ("state", "st4te"),
        ("sandbox_consent", "approve"),
    ];
    if vendor.pkce {
        pairs.extend([("code_challenge", CHALLENGE), ("code_challenge_method", "S256")]);
    }
    pairs.extend(vendor.extra);
    for (name, value) in changes {
        pairs.retain(|(each, _)| each != name);
        pairs.extend(value.map(|value| (*name, value)));
    }
    Url::parse_with_params(&sandbox.url(vendor.authorize), pairs).unwrap().to_string()
}

async fn code(sandbox: &Sandbox, vendor: SignIn, changes: &[(&str, Option<&str>)]) -> String {
    let response = sandbox.client.get(authorize_url(sandbox, vendor, changes)).send().await.unwrap();
    query(&response).remove("code").unwrap_or_else(|| panic!("no code from {}", vendor.slug))
}

/// The token endpoint, with the client named as the vendor wants it.
async fn token(sandbox: &Sandbox, vendor: SignIn, secret: &str, fields: &[(&str, &str)]) -> Answer {
    let id = vendor.client_id();
    let mut form = fields.to_vec();
    let mut request = sandbox.client.post(sandbox.url(vendor.token)).header("accept", "application/json");
    if vendor.basic {
        request = request.basic_auth(&id, Some(secret));
    } else {
        form.extend([("client_id", id.as_str()), ("client_secret", secret)]);
    }
    answer(request.form(&form).send().await.unwrap()).await
}

async fn exchange(sandbox: &Sandbox, vendor: SignIn, code: &str) -> Answer {
    let callback = vendor.callback();
    let mut fields = vec![("grant_type", "authorization_code"), ("code", code), ("redirect_uri", &callback)];
    if vendor.pkce {
        fields.push(("code_verifier", VERIFIER));
    }
    token(sandbox, vendor, "sign-in secret", &fields).await
}

async fn profile(sandbox: &Sandbox, vendor: SignIn, access: &str) -> Answer {
    let url = sandbox.url(vendor.profile);
    let request = match vendor.slug {
        "linear" => sandbox.client.post(url).json(&json!({"query": "{ viewer { id name email avatarUrl } }"})),
        _ => sandbox.client.get(url),
    };
    answer(request.bearer_auth(access).send().await.unwrap()).await
}

/// Who a fresh sign-in belongs to, in the vendor's words.
async fn signed_in(sandbox: &Sandbox, vendor: SignIn) -> Value {
    let code = code(sandbox, vendor, &[]).await;
    let exchanged = exchange(sandbox, vendor, &code).await;
    let access = exchanged.body["access_token"].as_str().unwrap_or_else(|| panic!("{}", exchanged.body)).to_owned();
    profile(sandbox, vendor, &access).await.body
}

async fn claims(sandbox: &Sandbox, vendor: SignIn, changes: &[(&str, Option<&str>)]) -> Option<Value> {
    let code = code(sandbox, vendor, changes).await;
    let exchanged = exchange(sandbox, vendor, &code).await.body;
    let path = if vendor.slug == "google" { "/google/oauth2/v3/certs" } else { "/slack/openid/connect/keys" };
    let keys = answer(sandbox.get(path).await).await.body;
    let text = |name: &str| keys["keys"][0][name].as_str().unwrap().to_owned();
    let key = DecodingKey::from_rsa_components(&text("n"), &text("e")).unwrap();
    let mut rules = Validation::new(Algorithm::RS256);
    rules.set_audience(&[vendor.client_id()]);
    rules.set_issuer(&[sandbox.url(&format!("/{}", vendor.slug))]);
    Some(jsonwebtoken::decode::<Value>(exchanged["id_token"].as_str()?, &key, &rules).ok()?.claims)
}

/// The whole way at each vendor, for the default person: a code, a token, and an address.
#[tokio::test]
async fn a_person_signs_in_everywhere() {
    let sandbox = start(sign_in_config()).await;
    for vendor in ALL {
        let person = signed_in(&sandbox, vendor).await.to_string();
        if vendor.slug != "github" {
            assert!(person.contains("sandbox-octo@sandbox.invalid"), "{}: {person}", vendor.slug);
        }
        assert_eq!(sandbox.counter(vendor.slug, "exchanges").await, 1, "{}", vendor.slug);
        let refused = profile(&sandbox, vendor, "nobody").await;
        assert!(refused.status == StatusCode::UNAUTHORIZED || refused.body["ok"] == false, "{}", vendor.slug);
    }
}

/// A vendor nobody has an app for is not there, and the connections' client is a client of two vendors only.
#[tokio::test]
async fn a_vendor_without_an_app_is_not_there() {
    let sandbox = start(config()).await;
    for vendor in [GOOGLE, SLACK, SPOTIFY, ATLASSIAN] {
        let response = sandbox.client.get(authorize_url(&sandbox, vendor, &[])).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{}", vendor.slug);
    }
    let response = sandbox.client.get(authorize_url(&sandbox, GITHUB_SIGN_IN, &[])).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
}

/// Callback, verifier, secret and code are checked everywhere, and a code serves one attempt.
#[tokio::test]
async fn an_exchange_that_is_not_whole_brings_nothing() {
    let sandbox = start(sign_in_config()).await;
    for vendor in ALL {
        let callback = vendor.callback();
        let whole = |code| {
            let pkce = vendor.pkce.then_some(("code_verifier", VERIFIER));
            let fields = [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", callback.as_str())];
            fields.into_iter().chain(pkce).collect::<Vec<_>>()
        };
        let refused = async |secret: &str, fields: Vec<(&str, &str)>, what: &str| {
            let got = token(&sandbox, vendor, secret, &fields).await;
            assert!(got.body["error"].is_string(), "{} takes {what}: {}", vendor.slug, got.body);
        };
        let good = code(&sandbox, vendor, &[]).await;
        refused("guess", whole(&good), "a wrong secret").await;
        assert!(exchange(&sandbox, vendor, &good).await.body["access_token"].is_string(), "{}", vendor.slug);
        refused("sign-in secret", whole(&good), "a used code").await;

        let fresh = code(&sandbox, vendor, &[]).await;
        let mut elsewhere = whole(&fresh);
        elsewhere[2].1 = "https://localhost/api/auth/callback/elsewhere";
        refused("sign-in secret", elsewhere, "another callback").await;
        let fresh = code(&sandbox, vendor, &[]).await;
        let mut fields = whole(&fresh);
        if vendor.pkce {
            fields.pop();
            refused("sign-in secret", fields, "a missing verifier").await;
        } else {
            fields.push(("code_verifier", VERIFIER));
            refused("sign-in secret", fields, "a verifier it did not ask for").await;
        }
    }
}

/// PKCE, scopes and the literal parameters are asked for in the browser's request already.
#[tokio::test]
async fn an_authorize_request_that_is_not_whole_is_refused() {
    let sandbox = start(sign_in_config()).await;
    let error = async |vendor, change| {
        let url = authorize_url(&sandbox, vendor, &[change]);
        query(&sandbox.client.get(url).send().await.unwrap()).remove("error")
    };
    for vendor in [GOOGLE, SPOTIFY, ATLASSIAN] {
        assert_eq!(error(vendor, ("code_challenge", None)).await.as_deref(), Some("invalid_request"));
        assert_eq!(error(vendor, ("scope", Some("everything"))).await.as_deref(), Some("invalid_scope"));
        assert_eq!(error(vendor, ("response_type", None)).await.as_deref(), Some("unsupported_response_type"));
        assert_eq!(error(vendor, ("sandbox_consent", Some("deny"))).await.as_deref(), Some("access_denied"));
    }
    assert_eq!(error(SLACK, ("code_challenge", Some(CHALLENGE))).await.as_deref(), Some("pkce_not_allowed"));
    assert_eq!(error(ATLASSIAN, ("audience", None)).await.as_deref(), Some("invalid_request"));
    for vendor in ALL {
        let url = authorize_url(&sandbox, vendor, &[("redirect_uri", Some("https://localhost/oauth/github/callback"))]);
        assert!(sandbox.client.get(url).send().await.unwrap().status().is_client_error(), "{}", vendor.slug);
    }
}

/// The two apps at GitHub are strangers: neither redeems the other's codes, and each has its own callbacks and tokens.
#[tokio::test]
async fn two_clients_of_one_vendor_are_strangers() {
    let sandbox = start(sign_in_config()).await;
    let theirs = sandbox.code(GITHUB).await;
    assert_eq!(exchange(&sandbox, GITHUB_SIGN_IN, &theirs).await.body["error"], "bad_verification_code");
    let ours = code(&sandbox, GITHUB_SIGN_IN, &[]).await;
    let exchanged = exchange(&sandbox, GITHUB_SIGN_IN, &ours).await.body;
    let access = exchanged["access_token"].as_str().unwrap();
    assert!(access.starts_with("gho_"));
    assert_eq!(
        exchanged,
        json!({"access_token": access, "scope": "read:user,user:email", "token_type": "bearer"}),
        "tokens of an OAuth app do not end"
    );
    let (_, refresh) = sandbox.connect(GITHUB).await;
    let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
    assert_eq!(
        token(&sandbox, GITHUB_SIGN_IN, "sign-in secret", &fields).await.body["error"],
        "bad_refresh_token",
        "another client's refresh token"
    );
    assert!(sandbox.refresh(GITHUB, &refresh).await.body["access_token"].is_string(), "it is still good for its own");
}

/// Id tokens hold against the published keys, carry the nonce, and are dated now.
#[tokio::test]
async fn an_id_token_holds_against_the_published_keys() {
    let sandbox = start(sign_in_config()).await;
    for vendor in [GOOGLE, SLACK] {
        let claims = claims(&sandbox, vendor, &[("nonce", Some("n0nce"))]).await.unwrap();
        assert_eq!((&claims["nonce"], &claims["email_verified"]), (&json!("n0nce"), &json!(true)), "{}", vendor.slug);
        assert_eq!(claims["email"], "sandbox-octo@sandbox.invalid");
        let quiet = code(&sandbox, vendor, &[("scope", Some("openid"))]).await;
        let access = exchange(&sandbox, vendor, &quiet).await.body["access_token"].as_str().unwrap().to_owned();
        let bare = profile(&sandbox, vendor, &access).await.body;
        assert!(bare["sub"].is_string() && bare["email"].is_null() && bare["name"].is_null(), "{bare}");
    }
}

/// A flaw that was ordered is in one id token, and in the next one no more.
#[tokio::test]
async fn a_flawed_id_token_does_not_hold() {
    let sandbox = start(sign_in_config()).await;
    for flaw in ["missing", "wrong_issuer", "wrong_audience", "expired", "wrong_signature", "alg_none"] {
        for vendor in [GOOGLE, SLACK] {
            let ordered = sandbox.control(&format!("{}/id_tokens", vendor.slug), json!({"flaw": flaw})).await;
            assert_eq!(ordered.status, StatusCode::OK);
            assert_eq!(claims(&sandbox, vendor, &[]).await, None, "{flaw} at {}", vendor.slug);
        }
    }
    assert!(claims(&sandbox, GOOGLE, &[]).await.is_some());
    assert_eq!(sandbox.control("github/id_tokens", json!({"flaw": "expired"})).await.status, StatusCode::NOT_FOUND);
}

/// The person who is signed in at a vendor is who consents: verified, unverified, without an address, or somebody else.
#[tokio::test]
async fn the_person_at_the_vendor_can_be_chosen() {
    let sandbox = start(sign_in_config()).await;
    let ann = json!({"id": "4711", "name": "Ann A", "email": "ann@example.com", "email_verified": false});
    for vendor in ALL {
        let chosen = sandbox.control(&format!("{}/person", vendor.slug), ann.clone()).await;
        assert_eq!((chosen.status, &chosen.body["account"]), (StatusCode::OK, &json!("4711")), "{}", chosen.body);
    }
    let github = signed_in(&sandbox, GITHUB_SIGN_IN).await;
    assert_eq!((&github["id"], &github["login"], &github["email"]), (&json!(4711), &json!("4711"), &Value::Null));
    let google = signed_in(&sandbox, GOOGLE).await;
    assert_eq!((&google["sub"], &google["email_verified"]), (&json!("4711"), &json!(false)));
    assert_eq!(signed_in(&sandbox, SLACK).await["https://slack.com/user_id"], "4711");
    assert_eq!(signed_in(&sandbox, LINEAR_SIGN_IN).await["data"]["viewer"]["email"], "ann@example.com");
    assert_eq!(signed_in(&sandbox, SPOTIFY).await["id"], "4711");
    assert_eq!(signed_in(&sandbox, ATLASSIAN).await["account_id"], "4711");

    sandbox.control("google/person", json!({"id": "4711", "email": null})).await;
    assert_eq!(signed_in(&sandbox, GOOGLE).await["email"], Value::Null);
    sandbox.client.delete(sandbox.url("/_control/google/person")).send().await.unwrap();
    assert_eq!(signed_in(&sandbox, GOOGLE).await["email"], "sandbox-octo@sandbox.invalid");
    for (vendor, wish) in [("github", json!({"id": "octo"})), ("google", json!({"mail": "x"}))] {
        assert_eq!(sandbox.control(&format!("{vendor}/person"), wish).await.status, StatusCode::BAD_REQUEST);
    }
}

/// GitHub's list of addresses: the person's own and the forwarding one, with the scope only.
#[tokio::test]
async fn github_lists_addresses_to_whom_the_scope_was_granted() {
    let sandbox = start(sign_in_config()).await;
    let person = json!({"id": "4711", "email": "ann@example.com", "email_verified": false, "email_public": true});
    sandbox.control("github/person", person).await;
    let emails = async |scope: &str| {
        let code = code(&sandbox, GITHUB_SIGN_IN, &[("scope", Some(scope))]).await;
        let access = exchange(&sandbox, GITHUB_SIGN_IN, &code).await.body["access_token"].as_str().unwrap().to_owned();
        let url = sandbox.url("/github/api/v3/user/emails");
        answer(sandbox.client.get(url).bearer_auth(access).send().await.unwrap()).await
    };
    assert_eq!(
        emails("read:user user:email").await.body,
        json!([
            {"email": "4711+4711@users.noreply.sandbox.invalid", "primary": false, "verified": true, "visibility": null},
            {"email": "ann@example.com", "primary": true, "verified": false, "visibility": "public"},
        ])
    );
    assert_eq!(emails("read:user").await.status, StatusCode::NOT_FOUND);
    sandbox.control("github/person", json!({"id": "4711", "email": null})).await;
    assert_eq!(emails("user:email").await.body, json!([]));
}

/// Who gets a refresh token, and whether it stays: kept at Google and Spotify, rotated at Atlassian and Linear.
#[tokio::test]
async fn refresh_tokens_are_kept_or_rotated_as_the_vendor_does() {
    let sandbox = start(sign_in_config()).await;
    let refresh_token = async |vendor, changes: &[(&str, Option<&str>)]| {
        let code = code(&sandbox, vendor, changes).await;
        exchange(&sandbox, vendor, &code).await.body["refresh_token"].as_str().map(str::to_owned)
    };
    for (vendor, changes, kept) in [
        (GOOGLE, &[("access_type", Some("offline"))][..], true),
        (SPOTIFY, &[], true),
        (ATLASSIAN, &[("scope", Some("read:me offline_access"))], false),
        (LINEAR_SIGN_IN, &[], false),
    ] {
        let refresh = refresh_token(vendor, changes).await.unwrap();
        let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
        let first = token(&sandbox, vendor, "sign-in secret", &fields).await.body;
        assert_eq!(first["refresh_token"].is_null(), kept, "{}: {first}", vendor.slug);
        let person = profile(&sandbox, vendor, first["access_token"].as_str().unwrap()).await;
        assert_eq!(person.status, StatusCode::OK, "the new access token of {}", vendor.slug);
        // One of them forgives for ten minutes.
        sandbox.control("clock", json!({"advance_seconds": 600})).await;
        let again = token(&sandbox, vendor, "sign-in secret", &fields).await.body;
        assert_eq!(again["access_token"].is_string(), kept, "{}: {again}", vendor.slug);
    }
    for vendor in [GOOGLE, SLACK, ATLASSIAN] {
        assert_eq!(refresh_token(vendor, &[]).await, None, "{}", vendor.slug);
    }
}

/// A bad day hits the new vendors' token and API endpoints as it does the old ones'.
#[tokio::test]
async fn faults_hit_every_vendor() {
    let sandbox = start(sign_in_config()).await;
    for vendor in ALL {
        let fault = |on: &str| json!({"on": on, "kind": "status_502_html"});
        sandbox.control(&format!("{}/faults", vendor.slug), fault("token")).await;
        let code = code(&sandbox, vendor, &[]).await;
        assert_eq!(exchange(&sandbox, vendor, &code).await.status, StatusCode::BAD_GATEWAY, "{}", vendor.slug);
        sandbox.control(&format!("{}/faults", vendor.slug), fault("api")).await;
        assert_eq!(profile(&sandbox, vendor, "x").await.status, StatusCode::BAD_GATEWAY, "{}", vendor.slug);
    }
}
