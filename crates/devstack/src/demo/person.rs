//! Somebody who signs up, and the JWT that says who they are.

use super::{http::send, narrate::Seen, scene::Scene};
use anyhow::{Context, Result, bail, ensure};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use reqwest::{Method, RequestBuilder};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

pub struct Person {
    id: String,
    /// Their personal tenant, whose id is theirs in the other form.
    pub tenant: String,
    jwt: String,
    /// The name of their account at both vendors. Another one each time: two connections on one account would share it,
    /// and ending the first would rightly not revoke it.
    pub account: String,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    exp: i64,
    iat: i64,
}

impl Person {
    pub async fn sign_up(scene: &Scene) -> Result<Seen<Self>> {
        let account = format!("demo-{}", kernel::alphanumeric(10).to_lowercase());
        let email = format!("{account}@example.com");
        let form = json!({ "name": "Ada Demo", "email": email, "password": kernel::alphanumeric(20) });
        let request = scene.anybody(Method::POST, "/api/auth/sign-up/email").header("origin", &scene.url).json(&form);
        let answer = send(request).await?.expect(200)?;
        let id = answer.field("/user/id")?;
        let tenant = Uuid::parse_str(&id).context("the user's id is not a UUID")?.to_string();
        let cookies = answer.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
        let session = cookies.filter(|cookie| cookie.contains("session_token")).all(|cookie| {
            let cookie = cookie.to_ascii_lowercase();
            cookie.contains("secure") && cookie.contains("httponly")
        });
        ensure!(session, "the session's cookie is not Secure and HttpOnly");
        Ok((format!("{email} is user {id}, signed in by a cookie"), Self { id, tenant, jwt: String::new(), account }))
    }

    pub async fn fetch_jwt(&mut self, scene: &Scene) -> Result<Seen<()>> {
        let jwt = send(scene.anybody(Method::GET, "/api/auth/token")).await?.expect(200)?.field("/token")?;
        let keys = send(scene.anybody(Method::GET, "/.well-known/jwks.json")).await?.expect(200)?;
        let keys: JwkSet = serde_json::from_str(&keys.text).context("the JWKS cannot be read")?;
        let kid = decode_header(&jwt)?.kid.context("the JWT names no key")?;
        let key = DecodingKey::from_jwk(keys.find(&kid).context("the JWKS does not have the JWT's key")?)?;
        let mut rules = Validation::new(Algorithm::EdDSA);
        rules.set_issuer(&[&scene.issuer]);
        rules.set_audience(&[&scene.audience]);
        rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        let claims: Claims = decode(&jwt, &key, &rules).context("the JWT does not hold")?.claims;
        ensure!(claims.sub == self.id, "the JWT is about {} instead of {}", claims.sub, self.id);
        self.jwt = jwt;
        let minutes = (claims.exp - claims.iat) / 60;
        Ok((format!("EdDSA signature by key {kid}, issuer, audience and {minutes} minutes of life hold"), ()))
    }

    /// One letter of the claims, so that they are no longer what was signed.
    pub async fn tampered_is_refused(&self, scene: &Scene) -> Result<Seen<()>> {
        let mut parts: Vec<String> = self.jwt.split('.').map(str::to_owned).collect();
        let Some(claims) = parts.get_mut(1) else { bail!("the JWT has no claims") };
        let middle = claims.len() / 2;
        let other = if claims[middle..].starts_with('A') { "B" } else { "A" };
        claims.replace_range(middle..=middle, other);
        let request = scene.anybody(Method::GET, "/connections").bearer_auth(parts.join("."));
        send(request).await?.expect_problem(401, "UNAUTHORIZED")?;
        Ok(("401 UNAUTHORIZED, as problem+json".to_owned(), ()))
    }

    /// A request that carries their JWT, from their browser.
    pub fn ask(&self, scene: &Scene, method: Method, path: &str) -> RequestBuilder {
        scene.anybody(method, path).bearer_auth(&self.jwt)
    }
}
