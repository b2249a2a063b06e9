//! A person signs in with their address and password.

use crate::{
    app::App,
    cookies::Lifetime,
    email::is_address,
    flows::{
        session::{Origin, start},
        sign_up::SignedIn,
    },
    passwords::Length,
    problem::Problem,
};
use db::auth::{sessions, users};
use kernel::Secret;

/// What they filled in.
pub struct SignIn {
    pub email: String,
    pub password: Secret,
    pub lifetime: Lifetime,
}

/// An unknown address and a wrong password give the same answer after the same work.
pub async fn sign_in(app: &App, form: SignIn, origin: Origin) -> Result<SignedIn, Problem> {
    if !is_address(&form.email) {
        return Err(Problem::InvalidEmail);
    }
    if Length::of(&form.password) == Length::TooLong {
        return Err(Problem::PasswordTooLong);
    }
    let found = users::with_password_by_email(&app.pool, &form.email.to_ascii_lowercase()).await?;
    let (user, stored) = found.unzip();
    let matches = app.passwords.verify(form.password, stored).await?;
    let Some(user) = user.filter(|_| matches) else { return Err(Problem::InvalidEmailOrPassword) };
    let started = start(user.id, form.lifetime, origin, app.clock.now());
    sessions::create(&app.pool, &started.session, &started.hash).await?;
    Ok(SignedIn { user, token: started.token })
}
