//! The auth service's part, for tests that are not about it: a key, a JWKS at an address, and JWTs.

use axum::{Json, Router, routing::get};
use identity::{Algorithm, Audience, Claims, Signer};
use kernel::{Clock, UserId};
use serde_json::json;
use std::sync::Arc;

pub const ISSUER: &str = "https://auth.test";
pub const AUDIENCE: &str = "https://connectors.test";

pub struct People {
    pub jwks_url: String,
    pub signer: Arc<Signer>,
    clock: Clock,
}

impl People {
    pub async fn start(clock: Clock) -> Self {
        let (signer, _) = Signer::generate(Algorithm::EdDsa, "test-key").unwrap();
        let document = json!({ "keys": [signer.public_key()] });
        let router = Router::new().route("/jwks", get(async move || Json(document)));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let jwks_url = format!("http://{}/jwks", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { jwks_url, signer: Arc::new(signer), clock }
    }

    /// Claims that hold in every respect.
    pub fn claims(&self, user: UserId) -> Claims {
        let now = self.clock.now().timestamp();
        let aud = Audience::One(AUDIENCE.to_owned());
        Claims { sub: user, iss: ISSUER.to_owned(), aud, exp: now + 900, nbf: None, iat: Some(now) }
    }

    pub fn token(&self, user: UserId) -> String {
        self.signer.sign(&self.claims(user)).unwrap()
    }
}
