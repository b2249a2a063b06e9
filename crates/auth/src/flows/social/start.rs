//! The way to the provider.

use super::provider;
use crate::{
    app::App,
    cookies::STATE_S,
    problem::{Internal, Problem},
    social::SocialProvider,
};
use chrono::TimeDelta;
use db::auth::sign_in_states::{self, SignInState};
use oauth::Authorization;
use providers::sign_in::Pkce;
use url::Url;
use uuid::Uuid;
use vault::Context;

/// The order of Better Auth's parameters; what is not here comes last.
const ORDER: [&str; 8] = [
    "response_type",
    "client_id",
    "state",
    "scope",
    "redirect_uri",
    "login_hint",
    "code_challenge_method",
    "code_challenge",
];

/// What a page asks for.
pub struct Start {
    pub provider: String,
    pub callback_url: Option<String>,
    pub new_user_url: Option<String>,
    pub error_url: Option<String>,
    /// Beside those that signing in needs.
    pub scopes: Vec<String>,
    pub login_hint: Option<String>,
    pub extra: Vec<(String, String)>,
}

/// A sign-in under way. The browser goes to `url` and keeps `state` in a cookie.
pub struct Started {
    pub url: Url,
    pub state: String,
}

/// `link_session`: the session of somebody who links an account to themself.
pub async fn start(app: &App, wanted: Start, link_session: Option<Uuid>) -> Result<Started, Problem> {
    let provider = provider(app, &wanted.provider)?;
    let record = provider.configured.sign_in;
    let mut scopes: Vec<String> = record.scopes.default.iter().map(|scope| (*scope).to_owned()).collect();
    for scope in wanted.scopes {
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    let redirect_uri = redirect_uri(app, provider)?;
    let mut extra = record.authorize_extra.to_vec();
    extra.extend(wanted.login_hint.as_deref().map(|hint| ("login_hint", hint)));
    extra.extend(wanted.extra.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let state = kernel::token();
    let started = oauth::authorize(
        &Authorization {
            authorize_url: provider.configured.endpoints.authorize.clone(),
            client_id: &provider.configured.client_id,
            redirect_uri: redirect_uri.clone(),
            scopes: &scopes,
            scope_separator: record.scopes.separator,
            // The challenge is also the nonce, whether the provider takes a challenge or not.
            pkce: Pkce::S256,
            extra: &extra,
        },
        &state,
    );
    let state_hash = kernel::sha256(&state);
    let stored = SignInState {
        provider: record.id.to_owned(),
        verifier: app
            .social
            .states
            .seal(started.verifier.expose().as_bytes(), &context(&state_hash))
            .map_err(Internal::from)?,
        redirect_uri: redirect_uri.into(),
        scopes,
        callback_url: wanted.callback_url.unwrap_or_else(|| app.base_url.clone()),
        new_user_url: wanted.new_user_url,
        error_url: wanted.error_url,
        link_session,
        // No longer than the browser's cookie.
        expires_at: app.clock.now() + TimeDelta::seconds(STATE_S),
    };
    sign_in_states::create(&app.pool, &stored, &state_hash).await?;
    Ok(Started { url: arranged(started.url, provider), state })
}

/// Binds a sealed verifier to its state.
pub fn context(state_hash: &[u8; 32]) -> Context {
    Context::new("sign_in_states", hex::encode(state_hash), "verifier")
}

/// What the provider has registered for us. Each provider has a path of its own, so that an answer of one is never taken for
/// an answer of another (RFC 9700 4.4.2.2).
fn redirect_uri(app: &App, provider: &SocialProvider) -> Result<Url, Problem> {
    format!("{}/api/auth/callback/{}", app.base_url, provider.configured.sign_in.id)
        .parse()
        .map_err(|_| Problem::ProviderNotFound)
}

/// The URL with its parameters as Better Auth orders them, with a nonce for a provider that gives id tokens, and without a
/// challenge for one that takes none. The nonce is the challenge: it belongs to this start as the verifier does, and nobody
/// who has seen the URL can make an id token with it.
fn arranged(mut url: Url, provider: &SocialProvider) -> Url {
    let record = provider.configured.sign_in;
    let mut pairs: Vec<(String, String)> =
        url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    let challenge = pairs.iter().find(|(name, _)| name == "code_challenge").map(|(_, value)| value.clone());
    if let Some(challenge) = challenge.filter(|_| record.id_token.is_some()) {
        pairs.push(("nonce".to_owned(), challenge));
    }
    if record.pkce == Pkce::Unsupported {
        pairs.retain(|(name, _)| !name.starts_with("code_challenge"));
    }
    pairs.sort_by_key(|(name, _)| ORDER.iter().position(|known| known == name).unwrap_or(ORDER.len()));
    url.query_pairs_mut().clear().extend_pairs(pairs);
    url
}
