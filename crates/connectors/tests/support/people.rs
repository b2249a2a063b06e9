//! The auth service's part, for tests that are not about it: a key, a JWKS at an address, and JWTs.

use axum::{Json, Router, http::StatusCode, response::IntoResponse, routing::get};
use identity::{Algorithm, Audience, Claims, Signer};
use kernel::{Clock, UserId};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

pub const ISSUER: &str = "https://auth.test";
pub const AUDIENCE: &str = "https://connectors.test";

pub struct People {
    pub jwks_url: String,
    pub signer: Arc<Signer>,
    clock: Clock,
    /// The document that is served; `None`: the service is down.
    published: Arc<Mutex<Option<Value>>>,
}

impl People {
    pub async fn start(clock: Clock) -> Self {
        let (signer, _) = Signer::generate(Algorithm::EdDsa, "test-key").unwrap();
        let published = Arc::new(Mutex::new(Some(json!({ "keys": [signer.public_key()] }))));
        let served = Arc::clone(&published);
        let answer = async move || match served.lock().unwrap().clone() {
            Some(document) => Json(document).into_response(),
            None => StatusCode::BAD_GATEWAY.into_response(),
        };
        let router = Router::new().route("/jwks", get(answer));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let jwks_url = format!("http://{}/jwks", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { jwks_url, signer: Arc::new(signer), clock, published }
    }

    /// Nobody answers from here on but the proxy in front.
    pub fn go_down(&self) {
        *self.published.lock().unwrap() = None;
    }

    /// Signs with a new key from here on, and publishes these.
    pub fn rotate(&mut self, kid: &str, older: &[&Signer]) -> Arc<Signer> {
        let (signer, _) = Signer::generate(Algorithm::EdDsa, kid).unwrap();
        let keys: Vec<_> = [&signer].into_iter().chain(older.iter().copied()).map(Signer::public_key).collect();
        *self.published.lock().unwrap() = Some(json!({ "keys": keys }));
        std::mem::replace(&mut self.signer, Arc::new(signer))
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
