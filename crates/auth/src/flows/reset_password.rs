//! A person who forgot their password chooses a new one through their mailbox.

use crate::{
    app::App,
    flows::{mail, oauth2::consents},
    mail::Letter,
    passwords::Length,
    problem::{Internal, Problem},
};
use db::auth::{
    accounts,
    links::{self, Link, Purpose},
    sessions,
};
use kernel::Secret;

/// Sends a link, if anybody has the address; which is the case is not said.
pub async fn request(app: &App, email: &str, redirect_to: Option<String>) -> Result<(), Problem> {
    if !app.mail.mailer.is_on() || !app.policy.email_password.is_on() {
        return Err(Problem::ResetDisabled);
    }
    let letter = Letter::ResetPassword { email: email.to_ascii_lowercase(), redirect_to };
    Ok(mail::later(app, &letter).await?)
}

/// The live link of a token.
pub async fn open(app: &App, token: &str) -> Result<Option<Link>, Internal> {
    let link = links::by_token(&app.pool, &kernel::sha256(token)).await?;
    let now = app.clock.now();
    Ok(link.filter(|link| link.purpose == Purpose::ResetPassword && link.used_at.is_none() && link.expires_at > now))
}

/// Sets the new password and uses the link up, with every other one of its kind and every change of address. A password that does not do leaves the
/// link as it is.
pub async fn finish(app: &App, token: Option<&str>, password: Secret) -> Result<(), Problem> {
    let Some(token) = token else { return Err(Problem::InvalidToken) };
    match Length::of(&password) {
        Length::TooShort => return Err(Problem::PasswordTooShort),
        Length::TooLong => return Err(Problem::PasswordTooLong),
        Length::Fits => {}
    }
    let Some(link) = open(app, token).await? else { return Err(Problem::InvalidToken) };
    let hash = app.passwords.hash(password).await?;
    let now = app.clock.now();
    let mut transaction = app.pool.begin().await.map_err(Internal::from)?;
    if !links::use_up(&mut *transaction, &kernel::sha256(token), now).await? {
        return Err(Problem::InvalidToken);
    }
    // A change of address that somebody else asked for from a stolen session would take the account back from its owner.
    for purpose in [Purpose::ResetPassword, Purpose::ConfirmEmailChange, Purpose::ChangeEmail] {
        links::use_up_all(&mut *transaction, link.user, purpose, now).await?;
    }
    accounts::set_password(&mut *transaction, link.user, &hash, now).await?;
    // Whoever knew the old password may have agreed to something, whatever becomes of the sessions.
    consents::withdraw_all(&mut *transaction, link.user).await?;
    if app.policy.revoke_sessions_on_password_reset.is_on() {
        // Whoever knew the old password may be signed in.
        sessions::delete_all_of(&mut *transaction, link.user, None).await?;
    }
    transaction.commit().await?;
    Ok(())
}
