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
    passwords::{Length, PasswordError, Verdict},
    problem::Problem,
};
use db::auth::{accounts, users};
use kernel::{Secret, UserId, meters};

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
    let guess = app.limits.guess(&email).await?;
    let Some((user, stored)) = users::with_password_by_email(&app.pool, &email).await? else {
        app.passwords.refuse(form.password, &email).await?;
        counted("refused");
        return Err(Problem::InvalidEmailOrPassword);
    };
    match app.passwords.verify(form.password.clone(), &stored).await? {
        Verdict::Refused => {
            counted("refused");
            return Err(Problem::InvalidEmailOrPassword);
        }
        Verdict::MatchesButStale => renew(app, user.id, form.password, &stored).await,
        Verdict::Matches => {}
    }
    guess.succeeded().await;
    counted("accepted");
    if app.policy.require_email_verification.is_on() && !user.email_verified {
        // Only who knows the password learns this, and can do something about it.
        mail::later(app, &Letter::VerifyEmail { email, callback_url: form.callback_url }).await?;
        return Err(Problem::EmailNotVerified);
    }
    Ok(begin(&app.pool, user, form.lifetime, origin, app.clock.now()).await?)
}

fn counted(outcome: &'static str) {
    metrics::counter!(meters::SIGN_INS.name, "outcome" => outcome).increment(1);
}

/// Replaces a hash that is cheaper to guess than today's, while the password is at hand. What fails here is tried again at
/// the next sign-in; a hash that somebody else has replaced meanwhile stays.
async fn renew(app: &App, user: UserId, password: Secret, stored: &str) {
    let hash = match app.passwords.hash(password).await {
        Ok(hash) => hash,
        Err(PasswordError::Busy) => return,
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "an old password hash could not be renewed");
            return;
        }
    };
    match accounts::replace_password_hash(&app.pool, user, stored, &hash, app.clock.now()).await {
        Ok(_) => {}
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "an old password hash could not be replaced");
        }
    }
}
