//! Tokens for a trusted backend, and whether the vendors take them.

use super::{
    connect::Connection,
    http::{Answer, send},
    narrate::Seen,
    person::Person,
    scene::Scene,
};
use anyhow::{Context, Result, ensure};
use chrono::{DateTime, Utc};
use reqwest::{Method, RequestBuilder};
use serde_json::json;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Vendor {
    Github,
    Linear,
}

impl Vendor {
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Github => "github",
            Self::Linear => "linear",
        }
    }

    /// Asks the vendor's API who the token's person is.
    pub async fn ask(self, scene: &Scene, token: &str) -> Result<Answer> {
        let request = match self {
            Self::Github => scene.web.get(format!("{}/github/api/v3/user", scene.sandbox)),
            Self::Linear => scene
                .web
                .post(format!("{}/linear/graphql", scene.sandbox))
                .json(&json!({ "query": "{ viewer { id displayName } }" })),
        };
        send(request.bearer_auth(token)).await
    }

    /// Where the person's name stands in the answer.
    const fn name_at(self) -> &'static str {
        match self {
            Self::Github => "/login",
            Self::Linear => "/data/viewer/displayName",
        }
    }

    pub async fn takes(self, scene: &Scene, token: &str) -> Result<String> {
        self.ask(scene, token).await?.expect(200)?.field(self.name_at())
    }
}

#[derive(Clone)]
pub struct Token {
    pub value: String,
    pub expires_at: DateTime<Utc>,
}

pub fn request(scene: &Scene, person: &Person, connection: &Connection) -> RequestBuilder {
    let path = format!("/oauth/token/{}", connection.vendor.slug());
    let request = scene.operator(Method::GET, &path, &person.tenant);
    request.query(&[("connection_id", &connection.id)])
}

pub fn read(answer: &Answer) -> Result<Token> {
    let cached = answer.headers.get("cache-control").and_then(|value| value.to_str().ok());
    ensure!(cached == Some("no-store"), "an answer with a token may be stored: Cache-Control is {cached:?}");
    ensure!(!answer.text.contains("refresh_token"), "the refresh token left the vault");
    let expires_at = answer.field("/expires_at")?.parse().context("expires_at is no time")?;
    Ok(Token { value: answer.field("/access_token")?, expires_at })
}

pub async fn token(scene: &Scene, person: &Person, connection: &Connection) -> Result<Token> {
    read(&send(request(scene, person, connection)).await?.expect(200)?)
}

pub async fn and_use(scene: &Scene, person: &Person, connection: &Connection) -> Result<Seen<Token>> {
    let token = token(scene, person, connection).await?;
    let name = connection.vendor.takes(scene, &token.value).await?;
    ensure!(name == person.account, "the token is {name}'s instead of {}'s", person.account);
    let hours = (token.expires_at - kernel::Clock::system().now()).num_minutes() / 60;
    Ok((format!("the API answers {name}; the token is good for {hours} more hours"), token))
}
