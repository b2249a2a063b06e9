//! A person uses the tokens of an account they have linked: fresh ones, refreshed once however many ask.

use crate::{
    account_tokens::AccountToken,
    app::App,
    flows::{session::SignedIn, social::Given},
    problem::{Internal, Problem},
    social::SocialProvider,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use db::auth::accounts::{self, Account, Tokens};
use kernel::Secret;
use oauth::TokenError;
use providers::sign_in::Profile;
use serde_json::{Map, Value};
use std::time::Duration;
use uuid::Uuid;
use vault::Sealed;

/// An access token with less left is refreshed first.
const AHEAD: TimeDelta = TimeDelta::seconds(5);
/// Longer than a refresh may take.
const LEASE: TimeDelta = TimeDelta::seconds(30);
/// How often, and how many times, it is looked whether somebody else's refresh is done: ten seconds.
const LOOK_EVERY: Duration = Duration::from_millis(100);
const LOOKS: usize = 100;

/// An account with its tokens, and the provider it is at.
pub struct Linked<'a> {
    pub account: Account,
    pub tokens: Tokens,
    pub provider: &'a SocialProvider,
}

impl Linked<'_> {
    pub fn open(&self, app: &App, kind: AccountToken) -> Result<Option<Secret>, Internal> {
        let sealed: &Option<Sealed> = match kind {
            AccountToken::Access => &self.tokens.access,
            AccountToken::Refresh => &self.tokens.refresh,
            AccountToken::Id => &self.tokens.id,
        };
        Ok(sealed.as_ref().map(|sealed| app.social.tokens.open(self.account.id, kind, sealed)).transpose()?)
    }
}

/// One of the caller's accounts.
pub async fn find<'a>(app: &'a App, caller: &SignedIn, row: &str) -> Result<Linked<'a>, Problem> {
    let row = Uuid::try_parse(row).map_err(|_| Problem::AccountNotFound)?;
    let found = accounts::with_tokens(&app.pool, caller.user.id, row).await?;
    let (account, tokens) = found.ok_or(Problem::AccountNotFound)?;
    let provider = app.social.provider(&account.provider);
    let provider = provider.ok_or_else(|| Problem::ProviderNotSupported(account.provider.clone()))?;
    Ok(Linked { account, tokens, provider })
}

/// The account with an access token that still holds.
pub async fn fresh<'a>(app: &'a App, caller: &SignedIn, row: &str) -> Result<(Linked<'a>, Secret), Problem> {
    let mut linked = find(app, caller, row).await?;
    let now = app.clock.now();
    let left = linked.tokens.access_expires_at.map(|end| end - now);
    if left.is_some_and(|left| left < AHEAD) {
        linked = match refresh(app, caller, linked).await {
            Err(Problem::RefreshFailed | Problem::RefreshTokenNotFound) => return Err(Problem::NoAccessToken),
            other => other?,
        };
    }
    let token = linked.open(app, AccountToken::Access)?.ok_or(Problem::NoAccessToken)?;
    Ok((linked, token))
}

/// New tokens. Of several who ask at once one goes to the provider, which may take a refresh token only once; the others
/// wait for what it brings.
pub async fn refresh<'a>(app: &'a App, caller: &SignedIn, linked: Linked<'a>) -> Result<Linked<'a>, Problem> {
    let (row, before) = (linked.account.id, linked.account.updated_at);
    let read = || find_row(app, caller, row);
    let lease = Uuid::now_v7();
    for _ in 0..LOOKS {
        let now = app.clock.now();
        if accounts::lease(&app.pool, row, lease, now, now + LEASE).await? {
            let linked = read().await?;
            if linked.account.updated_at != before {
                // Somebody was just done.
                accounts::release(&app.pool, row, lease).await?;
                return Ok(linked);
            }
            return match asked(app, &linked).await {
                Ok(given) => {
                    let tokens = given.sealed(app, row)?;
                    accounts::store_tokens(&app.pool, row, &tokens, &given.scopes, app.clock.now()).await?;
                    read().await
                }
                Err(problem) => {
                    accounts::release(&app.pool, row, lease).await?;
                    Err(problem)
                }
            };
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Err(Problem::RefreshFailed)
}

async fn find_row<'a>(app: &'a App, caller: &SignedIn, row: Uuid) -> Result<Linked<'a>, Problem> {
    find(app, caller, &row.to_string()).await
}

/// What the provider gives for the refresh token.
async fn asked(app: &App, linked: &Linked<'_>) -> Result<Given, Problem> {
    let refresh_token = linked.open(app, AccountToken::Refresh)?.ok_or(Problem::RefreshTokenNotFound)?;
    let configured = &linked.provider.configured;
    let vendor = configured.sign_in.vendor;
    let read = |answer| vendor.read_token_answer(answer);
    let endpoint = configured.token_endpoint(&app.social.client, &read, app.clock.now());
    match endpoint.refresh(&refresh_token).await {
        // A refresh narrows nothing here, so the scopes stay what the person granted.
        Ok(grant) => {
            let mut given = Given { scopes: linked.account.scopes.clone(), ..Given::of(grant, Vec::new()) };
            given.id = verified(app, linked, given.id).await;
            Ok(given)
        }
        Err(error) => {
            log(&linked.account.provider, &error);
            Err(Problem::RefreshFailed)
        }
    }
}

/// A new id token, if it holds. One that does not is left out, and the last good one stays.
async fn verified(app: &App, linked: &Linked<'_>, token: Option<Secret>) -> Option<Secret> {
    let (token, check) = (token?, linked.provider.id_tokens.as_ref()?);
    match check.verify(&token, None, app.clock.now()).await {
        Ok(_) => Some(token),
        Err(error) => {
            tracing::warn!(provider = linked.account.provider, %error, "a new id token was left out");
            None
        }
    }
}

fn log(provider: &str, error: &TokenError) {
    tracing::warn!(provider, %error, "the tokens of a linked account could not be refreshed");
}

/// What the provider says of the person now.
pub async fn profile<'a>(app: &'a App, caller: &SignedIn, row: &str) -> Result<(Linked<'a>, Profile), Problem> {
    let (linked, token) = fresh(app, caller, row).await?;
    let id_token = linked.open(app, AccountToken::Id)?;
    let claims = id_token.as_ref().and_then(claims_of);
    let call = linked.provider.configured.call(&app.social.client, &token, claims.as_ref());
    let profile = linked.provider.configured.sign_in.vendor.profile(call).await.map_err(|_| Problem::NoUserInfo)?;
    Ok((linked, profile))
}

/// The claims of an id token that was verified before it was sealed, and that may have expired since.
fn claims_of(token: &Secret) -> Option<Map<String, Value>> {
    let payload = token.expose().split('.').nth(1)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}
