//! A person signs up with an address and a password, and is signed in.

use crate::{
    app::App,
    cookies::Lifetime,
    flows::session::{Origin, start},
    passwords::Length,
    problem::{Internal, Problem},
};
use db::auth::{
    accounts, sessions,
    users::{self, User},
};
use kernel::{Secret, UserId};

/// What they filled in.
pub struct SignUp {
    pub name: String,
    pub email: String,
    pub password: Secret,
    pub image: Option<String>,
    pub lifetime: Lifetime,
}

/// Somebody who has just signed in.
pub struct SignedIn {
    pub user: User,
    pub token: String,
}

pub async fn sign_up(app: &App, form: SignUp, origin: Origin) -> Result<SignedIn, Problem> {
    match Length::of(&form.password) {
        Length::TooShort => return Err(Problem::PasswordTooShort),
        Length::TooLong => return Err(Problem::PasswordTooLong),
        Length::Fits => {}
    }
    let email = form.email.to_ascii_lowercase();
    if users::email_is_taken(&app.pool, &email).await? {
        return Err(Problem::UserAlreadyExists);
    }
    let hash = app.passwords.hash(form.password).await?;
    let now = app.clock.now();
    let user = User {
        id: UserId::generate(),
        name: form.name,
        email,
        email_verified: false,
        image: form.image,
        created_at: now,
        updated_at: now,
    };
    let started = start(user.id, form.lifetime, origin, now);
    let mut transaction = app.pool.begin().await.map_err(Internal::from)?;
    if !users::create(&mut *transaction, &user).await? {
        // Somebody else took the address while the password was hashed.
        return Err(Problem::UserAlreadyExists);
    }
    accounts::create_credential(&mut *transaction, user.id, &hash, now).await?;
    sessions::create(&mut *transaction, &started.session, &started.hash).await?;
    transaction.commit().await?;
    Ok(SignedIn { user, token: started.token })
}
