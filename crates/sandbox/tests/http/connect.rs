//! The client's side of the vendors beside GitHub and Linear, and what is told of all of them alike.

use crate::support::{Answer, CHALLENGE, Sandbox, VERIFIER, answer, config, query, start};
use kernel::Secret;
use reqwest::{Response, StatusCode};
use sandbox::{Config, ConnectApp, ConnectApps};
use serde_json::{Value, json};
use url::Url;

/// A vendor as the connectors are configured for it.
#[derive(Clone, Copy)]
pub struct Connect {
    pub slug: &'static str,
    pub callback: &'static str,
    pub authorize: &'static str,
    pub token: &'static str,
    pub scope: &'static str,
    /// Besides what every vendor is sent.
    pub extra: &'static [(&'static str, &'static str)],
    pub pkce: bool,
}

pub const SLACK: Connect = Connect {
    slug: "slack",
    callback: "https://127.0.0.1/oauth/slack/callback",
    authorize: "/slack/oauth/v2/authorize",
    token: "/slack/api/oauth.v2.access",
    scope: "channels:read,team:read",
    extra: &[],
    pkce: false,
};
pub const ATLASSIAN: Connect = Connect {
    slug: "atlassian",
    callback: "https://127.0.0.1/oauth/jira/callback",
    authorize: "/atlassian/authorize",
    token: "/atlassian/oauth/token",
    scope: "read:me read:jira-user read:jira-work read:confluence-content.summary offline_access",
    extra: &[("audience", "api.atlassian.com"), ("prompt", "consent")],
    pkce: false,
};
pub const GOOGLE: Connect = Connect {
    slug: "google",
    callback: "https://127.0.0.1/oauth/google/callback",
    authorize: "/google/o/oauth2/v2/auth",
    token: "/google/token",
    scope: "openid email https://www.googleapis.com/auth/calendar.readonly",
    extra: &[("access_type", "offline")],
    pkce: true,
};
pub const SPOTIFY: Connect = Connect {
    slug: "spotify",
    callback: "https://127.0.0.1/oauth/spotify/callback",
    authorize: "/spotify/authorize",
    token: "/spotify/api/token",
    scope: "user-read-email user-library-read",
    extra: &[],
    pkce: true,
};
pub const ZOHO: Connect = Connect {
    slug: "zoho",
    callback: "https://127.0.0.1/oauth/zoho/callback",
    authorize: "/zoho/us/oauth/v2/auth",
    token: "/zoho/us/oauth/v2/token",
    scope: "ZohoCRM.org.READ,ZohoCRM.users.READ,AaaServer.profile.READ",
    extra: &[("access_type", "offline"), ("prompt", "consent")],
    pkce: false,
};
const ALL: [Connect; 5] = [SLACK, ATLASSIAN, GOOGLE, SPOTIFY, ZOHO];

impl Connect {
    pub fn client_id(self) -> String {
        format!("connect-{}", self.slug)
    }
}

pub fn connect_config() -> Config {
    let app = |vendor: Connect| {
        let (client_id, client_secret) = (vendor.client_id(), Secret::from("connect secret"));
        Some(ConnectApp { client_id, client_secret, redirect_uris: vec![vendor.callback.to_owned()] })
    };
    let connect = ConnectApps {
        slack: app(SLACK),
        slack_signing_secret: Some(Secret::from("slack_test_secret")),
        atlassian: app(ATLASSIAN),
        google: app(GOOGLE),
        spotify: app(SPOTIFY),
        zoho: app(ZOHO),
        spotify_takes_localhost: false,
    };
    Config { connect, ..config() }
}

impl Sandbox {
    /// The browser at an authorize address that is right, with parameters changed, added or (`None`) left out.
    pub async fn visit(&self, vendor: Connect, changes: &[(&str, Option<&str>)]) -> Response {
        let client_id = vendor.client_id();
        let mut pairs = vec![
            ("client_id", client_id.as_str()),
            ("redirect_uri", vendor.callback),
            ("scope", vendor.scope),
            ("state", "st4te"),
            ("sandbox_consent", "approve"),
        ];
        if vendor.slug != "slack" {
            pairs.push(("response_type", "code"));
        }
        if vendor.pkce {
            pairs.extend([("code_challenge", CHALLENGE), ("code_challenge_method", "S256")]);
        }
        pairs.extend(vendor.extra);
        for (name, value) in changes {
            pairs.retain(|(each, _)| each != name);
            pairs.extend(value.map(|value| (*name, value)));
        }
        let url = Url::parse_with_params(&self.url(vendor.authorize), pairs).unwrap();
        self.client.get(url).send().await.unwrap()
    }

    /// The vendor's token endpoint, the client named in the body.
    pub async fn ask(&self, vendor: Connect, fields: &[(&str, &str)]) -> Answer {
        let id = vendor.client_id();
        let mut form = vec![("client_id", id.as_str()), ("client_secret", "connect secret")];
        form.extend(fields);
        answer(self.client.post(self.url(vendor.token)).form(&form).send().await.unwrap()).await
    }

    pub async fn redeem(&self, vendor: Connect, code: &str) -> Answer {
        let mut fields = vec![("grant_type", "authorization_code"), ("code", code), ("redirect_uri", vendor.callback)];
        if vendor.pkce {
            fields.push(("code_verifier", VERIFIER));
        }
        self.ask(vendor, &fields).await
    }

    pub async fn renew(&self, vendor: Connect, refresh_token: &str) -> Answer {
        self.ask(vendor, &[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await
    }

    /// The token answer of a new connection.
    pub async fn join(&self, vendor: Connect, changes: &[(&str, Option<&str>)]) -> Value {
        let code = query(&self.visit(vendor, changes).await)["code"].clone();
        self.redeem(vendor, &code).await.body
    }

    pub async fn read(&self, path: &str, token: &str) -> Answer {
        answer(self.client.get(self.url(path)).bearer_auth(token).send().await.unwrap()).await
    }
}

pub fn text(body: &Value, name: &str) -> String {
    body[name].as_str().unwrap_or_else(|| panic!("no {name} in {body}")).to_owned()
}

/// At every vendor: the state comes back, the code is good once, and a wrong secret or callback opens nothing.
#[tokio::test]
async fn every_vendor_connects() {
    let sandbox = start(connect_config()).await;
    for vendor in ALL {
        let back = query(&sandbox.visit(vendor, &[]).await);
        assert_eq!(back["state"], "st4te", "{}", vendor.slug);
        let answer = sandbox.redeem(vendor, &back["code"]).await;
        assert_eq!(answer.status, StatusCode::OK, "{}: {}", vendor.slug, answer.body);
        assert!(answer.body["access_token"].is_string(), "{}: {}", vendor.slug, answer.body);
        let again = sandbox.redeem(vendor, &back["code"]).await;
        assert!(again.body["error"].is_string() && again.body["access_token"].is_null(), "{}", vendor.slug);

        let refused = sandbox.visit(vendor, &[("redirect_uri", Some("https://evil.example/callback"))]).await;
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST, "{}", vendor.slug);
        let refused = sandbox.visit(vendor, &[("client_id", Some("sign-in"))]).await;
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST, "{}", vendor.slug);
        let denied = query(&sandbox.visit(vendor, &[("sandbox_consent", Some("deny"))]).await);
        assert_eq!(denied["error"], "access_denied", "{}", vendor.slug);
        let code = query(&sandbox.visit(vendor, &[]).await)["code"].clone();
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("client_id", &vendor.client_id()),
            ("client_secret", "guess"),
        ];
        let guessed = sandbox.client.post(sandbox.url(vendor.token)).form(&form).send().await.unwrap();
        let guessed = crate::support::answer(guessed).await.body;
        assert!(guessed["error"].is_string(), "{}: {guessed}", vendor.slug);
    }
}

/// A vendor nobody has an app for is not there.
#[tokio::test]
async fn a_vendor_without_any_app_is_404() {
    let sandbox = start(config()).await;
    for vendor in ALL {
        assert_eq!(sandbox.visit(vendor, &[]).await.status(), StatusCode::NOT_FOUND, "{}", vendor.slug);
    }
}

/// What the person unticks is not granted, by parameter or by setting.
#[tokio::test]
async fn a_person_can_untick_scopes() {
    let sandbox = start(connect_config()).await;
    let calendar = "https://www.googleapis.com/auth/calendar.readonly";
    let granted = sandbox.join(GOOGLE, &[("sandbox_decline", Some(calendar))]).await;
    assert_eq!(granted["scope"], "openid https://www.googleapis.com/auth/userinfo.email");
    sandbox.control("zoho/settings", json!({"decline_scopes": ["ZohoCRM.org.READ"]})).await;
    let granted = sandbox.join(ZOHO, &[]).await;
    assert_eq!(granted["scope"], "ZohoCRM.users.READ AaaServer.profile.READ");
}

/// With the setting, one used refresh token ends everything that came from its code, at whichever vendor rotates.
#[tokio::test]
async fn reuse_ends_the_family_where_it_is_set() {
    let sandbox = start(connect_config()).await;
    for vendor in ["slack", "spotify"] {
        sandbox.control(&format!("{vendor}/settings"), json!({"rotation": true})).await;
    }
    for (vendor, path) in [(SLACK, "/slack/api/auth.test"), (ATLASSIAN, "/atlassian/me"), (SPOTIFY, "/spotify/v1/me")] {
        for strict in [false, true] {
            let setting = json!({"revoke_family_on_reuse": strict});
            sandbox.control(&format!("{}/settings", vendor.slug), setting).await;
            let first = sandbox.join(vendor, &[]).await;
            let second = sandbox.renew(vendor, &text(&first, "refresh_token")).await.body;
            let access = text(&second, "access_token");
            sandbox.renew(vendor, &text(&first, "refresh_token")).await;
            let who = sandbox.read(path, &access).await;
            let lives = who.status == StatusCode::OK && who.body["ok"] != false;
            assert_eq!(lives, !strict, "{}: {}", vendor.slug, who.body);
        }
    }
}
