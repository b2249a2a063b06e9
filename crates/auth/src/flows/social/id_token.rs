//! An app has signed the person in with the provider itself, and presents the id token: no browser goes anywhere.

use super::{
    Given, Proven, Refused, link, provider,
    sign_in::{self, SocialSignIn},
};
use crate::{
    app::App,
    flows::session::{Origin, SignedIn},
    problem::Problem,
};
use kernel::Secret;

/// What the app presents.
pub struct Presented {
    pub token: Secret,
    /// What the app had the provider put into the token.
    pub nonce: Option<String>,
    pub access_token: Option<Secret>,
    pub refresh_token: Option<Secret>,
}

pub async fn sign_in(
    app: &App,
    provider_id: &str,
    presented: Presented,
    origin: Origin,
) -> Result<SocialSignIn, Problem> {
    let proven = proven(app, provider_id, presented).await?;
    sign_in::sign_in(app, proven, origin).await.map_err(told)
}

pub async fn link(app: &App, caller: &SignedIn, provider_id: &str, presented: Presented) -> Result<(), Problem> {
    let proven = proven(app, provider_id, presented).await?;
    link::link(app, proven, caller.session.id).await.map_err(told)
}

async fn proven<'a>(app: &'a App, provider_id: &str, presented: Presented) -> Result<Proven<'a>, Problem> {
    let provider = provider(app, provider_id)?;
    let check = provider.id_tokens.as_ref().ok_or(Problem::IdTokenNotSupported)?;
    let claims = check
        .verify(&presented.token, presented.nonce.as_deref(), app.clock.now())
        .await
        .map_err(|_| Problem::IdTokenRefused)?;
    let nothing = Secret::from("");
    let access = presented.access_token.as_ref().unwrap_or(&nothing);
    let call = provider.configured.call(&app.social.client, access, Some(&claims));
    let profile = provider.configured.sign_in.vendor.profile(call).await.map_err(|_| Problem::NoUserInfo)?;
    // An access token that came along may be of somebody else: only what the id token says of the person counts.
    if claims.get("sub").and_then(serde_json::Value::as_str) != Some(profile.account_id.as_str()) {
        return Err(Problem::NoUserInfo);
    }
    let grant = Given {
        access: presented.access_token,
        refresh: presented.refresh_token,
        id: Some(presented.token),
        access_expires_at: None,
        refresh_expires_at: None,
        scopes: Vec::new(),
    };
    Ok(Proven { provider, profile, grant })
}

/// The refusals in words.
fn told(refused: Refused) -> Problem {
    match refused {
        Refused::Internal(error) => error.into(),
        Refused::Because("email_not_found") => Problem::UserEmailNotFound,
        Refused::Because("email_not_verified") => Problem::EmailNotVerified,
        Refused::Because("account_not_linked") => Problem::NotLinked("account not linked"),
        Refused::Because("signup_disabled") => Problem::NotLinked("signup disabled"),
        Refused::Because(_) => Problem::NotLinked("unable to link account"),
    }
}
