//! The way back: the provider has sent the browser here with a code, or with the reason why there is none.

use super::{EMAIL_NOT_FOUND, Given, Proven, Refused, link, sign_in, start::context};
use crate::{
    app::App,
    flows::session::{Origin, SignedIn},
    problem::Internal,
    redirect::with,
    social::SocialProvider,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use db::auth::sign_in_states::{self, SignInState};
use kernel::Secret;
use oauth::{Grant, TokenError};
use providers::sign_in::{Pkce, Profile};
use std::time::Duration;
use tokio::time::timeout;

/// How long a provider may take to redeem a code, and again to say whose it was. Together less than a request may take: the
/// state is used up by then, and the browser must be sent to its page.
const PATIENCE: Duration = Duration::from_secs(8);
/// What a provider may say at length.
const MAX_WORDS: usize = 200;

/// What came back in the query.
#[derive(Default)]
pub struct Returned {
    pub state: Option<String>,
    pub code: Option<Secret>,
    pub error: Option<String>,
    pub error_description: Option<String>,
    pub issuer: Option<String>,
}

/// Where the browser goes now.
pub struct Outcome {
    pub url: String,
    pub signed_in: Option<Box<SignedIn>>,
    /// Whether the state is used up, so that the browser may forget it.
    pub state: StateCookie,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateCookie {
    Stays,
    Forgotten,
}

/// Finishes what [`super::start`] began. `cookie` is the state that this browser keeps.
pub async fn finish(
    app: &App,
    provider_id: &str,
    returned: Returned,
    cookie: Option<&str>,
    origin: Origin,
) -> Result<Outcome, Internal> {
    let error_page = format!("{}/api/auth/error", app.base_url);
    let stays = |page: &str, code: &str| Outcome {
        url: with(page, &[("error", code)]),
        signed_in: None,
        state: StateCookie::Stays,
    };
    let Some(state) = returned.state.as_deref() else { return Ok(stays(&error_page, "state_not_found")) };
    let (hash, now) = (kernel::sha256(state), app.clock.now());
    if cookie.is_none_or(|cookie| !kernel::same(cookie, state)) {
        // Another browser's: it may still finish where it began.
        let page = sign_in_states::error_url(&app.pool, &hash, now).await?;
        return Ok(stays(page.as_ref().unwrap_or(&error_page), "state_mismatch"));
    }
    let Some(started) = sign_in_states::take(&app.pool, &hash, now).await? else {
        return Ok(stays(&error_page, "state_mismatch"));
    };
    let page = started.error_url.clone().unwrap_or(error_page);
    let ended = |url: String, signed_in| Outcome { url, signed_in, state: StateCookie::Forgotten };
    if let Some(error) = &returned.error {
        let cut = |text: &str| text.chars().take(MAX_WORDS).collect::<String>();
        let description = returned.error_description.as_deref().map(cut);
        let mut parameters = vec![("error", cut(error))];
        parameters.extend(description.map(|description| ("error_description", description)));
        let parameters: Vec<_> = parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
        return Ok(ended(with(&page, &parameters), None));
    }
    match exchanged(app, provider_id, returned, &started, &hash, origin).await {
        Ok((url, signed_in)) => Ok(ended(url, signed_in)),
        Err(Refused::Because(code)) => Ok(ended(with(&page, &[("error", code)]), None)),
        Err(Refused::Internal(error)) => Err(error),
    }
}

/// From the code to a session, or to a linked account.
async fn exchanged(
    app: &App,
    provider_id: &str,
    returned: Returned,
    started: &SignInState,
    hash: &[u8; 32],
    origin: Origin,
) -> Result<(String, Option<Box<SignedIn>>), Refused> {
    let code = returned.code.ok_or(Refused::Because("no_code"))?;
    let provider = app
        .social
        .provider(provider_id)
        .filter(|_| started.provider == provider_id)
        .ok_or(Refused::Because("oauth_provider_not_found"))?;
    let issuers = &provider.configured.endpoints.issuers;
    if returned.issuer.is_some_and(|issuer| !issuers.is_empty() && !issuers.contains(&issuer)) {
        // RFC 9207: an answer of another server must not even reach the token endpoint.
        return Err(Refused::Because("issuer_mismatch"));
    }
    let opened = app.social.states.open(&started.verifier, &context(hash)).map_err(Internal::from)?;
    let verifier: Secret = String::from_utf8_lossy(&opened).into_owned().into();
    let proven = proven(app, provider, &code, started, &verifier).await?;
    if let Some(session) = started.link_session {
        link::link(app, proven, session).await?;
        return Ok((started.callback_url.clone(), None));
    }
    let signed_in = sign_in::sign_in(app, proven, origin).await?;
    let url = match signed_in.newcomer {
        sign_in::Newcomer::Yes => started.new_user_url.as_ref().unwrap_or(&started.callback_url),
        sign_in::Newcomer::No => &started.callback_url,
    };
    Ok((url.clone(), Some(Box::new(signed_in.session))))
}

/// Redeems the code and asks whose account it is.
async fn proven<'a>(
    app: &'a App,
    provider: &'a SocialProvider,
    code: &Secret,
    started: &SignInState,
    verifier: &Secret,
) -> Result<Proven<'a>, Refused> {
    let configured = &provider.configured;
    let record = configured.sign_in;
    let redirect_uri = started.redirect_uri.parse().map_err(|_| Refused::Because("invalid_code"))?;
    let read = |answer| record.vendor.read_token_answer(answer);
    let endpoint = configured.token_endpoint(&app.social.client, &read, app.clock.now());
    let sent = Some(verifier).filter(|_| record.pkce == Pkce::S256);
    let grant = match timeout(PATIENCE, endpoint.exchange(code, &redirect_uri, sent)).await {
        Ok(Ok(grant)) => grant,
        late_or_refused => {
            log(record.id, late_or_refused.ok().and_then(Result::err).as_ref());
            return Err(Refused::Because("invalid_code"));
        }
    };
    let profile = timeout(PATIENCE, identified(app, provider, &grant, verifier)).await;
    let Some(profile) = profile.ok().flatten() else { return Err(Refused::Because("unable_to_get_user_info")) };
    Ok(Proven { provider, profile, grant: Given::of(grant, started.scopes.clone()) })
}

/// Whose account it is, by an id token that holds where the provider gives one.
async fn identified(app: &App, provider: &SocialProvider, grant: &Grant, verifier: &Secret) -> Option<Profile> {
    let configured = &provider.configured;
    let record = configured.sign_in;
    let claims = match (&provider.id_tokens, &grant.id_token) {
        (None, _) => None,
        (Some(_), None) => return None,
        (Some(check), Some(token)) => {
            let nonce = URL_SAFE_NO_PAD.encode(kernel::sha256(verifier.expose()));
            match check.verify(token, Some(&nonce), app.clock.now()).await {
                Ok(claims) => Some(claims),
                Err(error) => {
                    tracing::warn!(provider = record.id, %error, "an id token was refused");
                    return None;
                }
            }
        }
    };
    let call = configured.call(&app.social.client, &grant.access_token, claims.as_ref());
    let profile = record.vendor.profile(call).await;
    if let Err(error) = &profile {
        tracing::warn!(provider = record.id, %error, "nobody could be identified");
    }
    profile.ok()
}

/// Without an error, the provider was too slow.
fn log(provider: &str, error: Option<&TokenError>) {
    if let Some(error) = error {
        tracing::warn!(provider, %error, "a code could not be redeemed");
    } else {
        tracing::warn!(provider, "a code was not redeemed in time");
    }
}

/// The address of a profile in lower case, if it has one that we can write to.
pub fn address(proven: &Proven<'_>) -> Result<String, Refused> {
    let email = proven.profile.email.as_deref().map(str::to_ascii_lowercase);
    email.filter(|email| crate::email::is_address(email)).ok_or(EMAIL_NOT_FOUND)
}
