//! Where the story plays: the addresses, the secrets, and who may ask the database.

use super::{
    http::{client, send},
    narrate::Seen,
};
use crate::{place::Place, ports, settings::Settings, store::Store};
use anyhow::{Context, Result, bail};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use uuid::Uuid;

pub struct Scene {
    /// The person's browser and, because operators need no cookies, everybody else's client too.
    pub web: Client,
    pub url: String,
    /// The vendors' stand-in.
    pub sandbox: String,
    pub issuer: String,
    pub audience: String,
    pub webhook_secret: String,
    pub store: Store,
    operator_token: String,
}

impl Scene {
    pub fn set(place: &Place, settings: &Settings) -> Result<Self> {
        if let Some(key) =
            ["GITHUB_CLIENT_ID", "LINEAR_CLIENT_ID"].iter().find(|key| settings.given(&[**key]).is_some())
        {
            bail!(
                "the demo talks to the sandbox, but {key} names an app of your own: take it out of .env for the demo"
            );
        }
        let values = settings.effective();
        let value = |key: &str| values.get(key).cloned().with_context(|| format!("{key} is not in .dev/env"));
        Ok(Self {
            web: client(&place.dev.join("tls/ca.pem"))?,
            url: value("PUBLIC_URL")?,
            sandbox: format!("http://127.0.0.1:{}", ports::SANDBOX),
            issuer: value("AUTH_ISSUER")?,
            audience: value("AUTH_AUDIENCE")?,
            webhook_secret: value("GITHUB_WEBHOOK_SECRET")?,
            store: Store::find(place, settings)?,
            operator_token: first_operator_token(settings),
        })
    }

    pub async fn is_up(&self) -> Result<Seen<()>> {
        let Ok(health) = send(self.anybody(Method::GET, "/health/ready")).await else {
            bail!("nobody answers at {} with our certificate; start it in another terminal: make dev", self.url);
        };
        health.expect(200)?;
        send(self.anybody(Method::GET, "/api/auth/ok")).await?.expect(200)?;
        let providers = send(self.anybody(Method::GET, "/providers")).await?.expect(200)?.json()?;
        let ready = |provider: &&Value| provider["configured"] == true;
        let slugs = providers["providers"].as_array().into_iter().flatten().filter(ready);
        let slugs: Vec<&str> = slugs.filter_map(|provider| provider["slug"].as_str()).collect();
        send(self.web.get(format!("{}/_control/state", self.sandbox))).await?.expect(200)?;
        Ok((format!("{} answers, ready for {}; {} plays the vendors", self.url, slugs.join(" and "), self.sandbox), ()))
    }

    /// As somebody without credentials.
    pub fn anybody(&self, method: Method, path: &str) -> RequestBuilder {
        self.web.request(method, format!("{}{path}", self.url))
    }

    /// As a trusted backend that acts for a tenant.
    pub fn operator(&self, method: Method, path: &str, tenant: &str) -> RequestBuilder {
        self.anybody(method, path).bearer_auth(&self.operator_token).header("x-tenant-id", tenant)
    }

    /// Creates it twice: the second time changes nothing.
    pub async fn create_tenant(&self) -> Result<Seen<String>> {
        let id = Uuid::now_v7().to_string();
        let put = || self.anybody(Method::PUT, &format!("/tenants/{id}")).bearer_auth(&self.operator_token);
        send(put()).await?.expect(201)?;
        send(put()).await?.expect(200)?;
        Ok((format!("tenant {id}: 201, and 200 when asked again"), id))
    }

    /// The hand behind the vendors' scenes.
    pub async fn control(&self, path: &str, wish: &Value) -> Result<Value> {
        send(self.web.post(format!("{}/_control/{path}", self.sandbox)).json(wish)).await?.expect(200)?.json()
    }

    /// How long GitHub's access tokens live from now on; `None`: as long as GitHub's do.
    pub async fn set_token_life(&self, seconds: Option<u32>) -> Result<()> {
        self.control("github/settings", &json!({ "access_ttl_seconds": seconds })).await.map(drop)
    }

    /// How many refresh tokens GitHub has turned into new pairs.
    pub async fn refreshes_at_github(&self) -> Result<u64> {
        let state = send(self.web.get(format!("{}/_control/state", self.sandbox))).await?.expect(200)?.json()?;
        state["github"]["refreshes"].as_u64().context("the sandbox does not count refreshes")
    }
}

/// A list with commas, a JSON array, or a single one.
pub fn first_operator_token(settings: &Settings) -> String {
    let names = ["OPERATOR_TOKENS", "POBLYSH_OPERATOR_TOKENS", "OPERATOR_TOKEN", "POBLYSH_OPERATOR_TOKEN"];
    let value = settings.given(&names).unwrap_or_else(|| settings.made("OPERATOR_TOKENS"));
    let first = value.split(',').next().unwrap_or_default();
    first.trim_matches(|c: char| c.is_whitespace() || matches!(c, '[' | ']' | '"')).to_owned()
}
