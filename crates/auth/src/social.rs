//! The providers that people may sign in with here.

use crate::{account_tokens::AccountTokens, config::Config};
use chrono::{DateTime, TimeDelta, Utc};
use identity::{Algorithm, Fetching, IdTokenRules, IdTokens, VerifyError};
use kernel::{Clock, Secret};
use outbound::Client;
use providers::sign_in::ConfiguredSignIn;
use serde_json::{Map, Value};
use std::sync::Arc;
use vault::Keyring;

/// A key set is small; `identity` refuses a larger one too.
const LARGEST_KEY_SET: usize = 64 * 1024;

/// What social sign-in needs beside the database.
pub struct Social {
    pub client: Client,
    /// Seals PKCE verifiers.
    pub states: Keyring,
    /// Seals the tokens of linked accounts.
    pub tokens: AccountTokens,
    providers: Vec<SocialProvider>,
}

/// One provider with an app of this deployment.
pub struct SocialProvider {
    pub configured: Arc<ConfiguredSignIn>,
    /// Where the provider vouches for people with id tokens.
    pub id_tokens: Option<IdTokenCheck>,
}

/// The check of a provider's id tokens.
pub struct IdTokenCheck {
    tokens: IdTokens,
    max_age: TimeDelta,
}

/// The parts could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum SocialError {
    #[error("no HTTP client can be set up")]
    Client(#[from] outbound::Error),
    #[error("no sealing key can be derived from JWT_SECRET")]
    Keys(#[from] vault::KeyError),
}

impl Social {
    pub fn new(config: &Config, clock: &Clock) -> Result<Self, SocialError> {
        let client = Client::new("connectors-auth")?;
        let providers = config
            .sign_ins
            .iter()
            .map(|configured| SocialProvider {
                id_tokens: check(configured, &client, clock),
                configured: Arc::clone(configured),
            })
            .collect();
        Ok(Self {
            client,
            states: Keyring::derive(&config.jwt_secret, "auth sign-in states")?,
            tokens: AccountTokens::new(&config.jwt_secret)?,
            providers,
        })
    }

    /// Every provider that people may sign in with here.
    pub fn all(&self) -> impl Iterator<Item = &ConfiguredSignIn> {
        self.providers.iter().map(|provider| &*provider.configured)
    }

    /// The provider, if people may sign in with it here.
    pub fn provider(&self, id: &str) -> Option<&SocialProvider> {
        self.providers.iter().find(|provider| provider.configured.sign_in.id == id)
    }
}

impl IdTokenCheck {
    /// Every claim of a token that holds in every respect.
    pub async fn verify(
        &self,
        token: &Secret,
        nonce: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Map<String, Value>, VerifyError> {
        let claims = self.tokens.verify(token.expose(), nonce).await?;
        let issued_at = claims.raw.get("iat").and_then(Value::as_i64).unwrap_or_default();
        if now.timestamp() - issued_at > self.max_age.num_seconds() {
            return Err(VerifyError::Expired);
        }
        Ok(claims.raw)
    }
}

fn check(configured: &Arc<ConfiguredSignIn>, client: &Client, clock: &Clock) -> Option<IdTokenCheck> {
    let rules = configured.sign_in.id_token?;
    configured.endpoints.jwks.as_ref()?;
    let (client, at) = (client.clone(), Arc::clone(configured));
    let fetch = move || -> Fetching {
        let (client, at) = (client.clone(), Arc::clone(&at));
        Box::pin(async move {
            let url = at.endpoints.jwks.as_ref().ok_or("the provider publishes no keys")?;
            let request = client.request(&at.hosts, http::Method::GET, url)?;
            let answer = client.send(request, LARGEST_KEY_SET).await?;
            if answer.status.is_success() { Ok(answer.body.to_vec()) } else { Err(answer.status.to_string().into()) }
        })
    };
    let tokens = IdTokens::new(
        IdTokenRules {
            issuers: configured.endpoints.issuers.clone(),
            client_id: configured.client_id.clone(),
            algorithms: rules.algorithms.iter().filter_map(|name| Algorithm::named(name)).collect(),
        },
        clock.clone(),
        fetch,
    );
    Some(IdTokenCheck { tokens, max_age: rules.max_age })
}
