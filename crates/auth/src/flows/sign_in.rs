//! A person signs in with their address and password.

use crate::{
    app::App,
    cookies::Lifetime,
    email::is_address,
    flows::{
        mail,
        session::{Origin, SignedIn, begin},
    },
    mail::Letter,
    passwords::Length,
    problem::Problem,
};
use db::auth::users;
use kernel::Secret;

/// What they filled in.
pub struct SignIn {
    pub email: String,
    pub password: Secret,
    pub lifetime: Lifetime,
    /// Where a verification mail leads.
    pub callback_url: Option<String>,
}

/// An unknown address and a wrong password give the same answer after the same work.
pub async fn sign_in(app: &App, form: SignIn, origin: Origin) -> Result<SignedIn, Problem> {
    if !app.policy.email_password.is_on() {
        return Err(Problem::EmailPasswordDisabled);
    }
    if !is_address(&form.email) {
        return Err(Problem::InvalidEmail);
    }
    if Length::of(&form.password) == Length::TooLong {
        return Err(Problem::PasswordTooLong);
    }
    let email = form.email.to_ascii_lowercase();
    let found = users::with_password_by_email(&app.pool, &email).await?;
    let (user, stored) = found.unzip();
    let matches = app.passwords.verify(form.password, stored).await?;
    let Some(user) = user.filter(|_| matches) else { return Err(Problem::InvalidEmailOrPassword) };
    if app.policy.require_email_verification.is_on() && !user.email_verified {
        // Only who knows the password learns this, and can do something about it.
        mail::later(app, &Letter::VerifyEmail { email, callback_url: form.callback_url }).await?;
        return Err(Problem::EmailNotVerified);
    }
    Ok(begin(&app.pool, user, form.lifetime, origin, app.clock.now()).await?)
}
