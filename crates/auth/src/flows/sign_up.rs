//! A person signs up with an address and a password, and is signed in unless their mailbox has to be proven first.

use crate::{
    app::App,
    cookies::Lifetime,
    flows::{
        mail,
        session::{Origin, SignedIn, begin},
    },
    mail::Letter,
    passwords::Length,
    problem::{Internal, Problem},
};
use db::auth::{
    accounts,
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
    /// Where a verification mail leads.
    pub callback_url: Option<String>,
}

/// What came of it.
pub enum SignedUp {
    In(Box<SignedIn>),
    /// A mail is on its way, or would be if the address were new: whose address it is, is not said.
    Pending(User),
}

pub async fn sign_up(app: &App, form: SignUp, origin: Origin) -> Result<SignedUp, Problem> {
    if !app.policy.email_password.is_on() || !app.policy.sign_up.is_on() {
        return Err(Problem::SignUpDisabled);
    }
    match Length::of(&form.password) {
        Length::TooShort => return Err(Problem::PasswordTooShort),
        Length::TooLong => return Err(Problem::PasswordTooLong),
        Length::Fits => {}
    }
    let email = form.email.to_ascii_lowercase();
    let verify_first = app.policy.require_email_verification.is_on();
    if !verify_first && users::email_is_taken(&app.pool, &email).await? {
        return Err(Problem::UserAlreadyExists);
    }
    let hash = app.passwords.hash(form.password).await?;
    let now = app.clock.now();
    let user = User {
        id: UserId::generate(),
        name: form.name,
        email: email.clone(),
        email_verified: false,
        image: form.image,
        created_at: now,
        updated_at: now,
    };
    let mut transaction = app.pool.begin().await.map_err(Internal::from)?;
    let created = users::create(&mut *transaction, &user).await?;
    if created {
        accounts::create_credential(&mut *transaction, user.id, &hash, now).await?;
    } else if !verify_first {
        // Somebody else took the address while the password was hashed.
        return Err(Problem::UserAlreadyExists);
    }
    if verify_first {
        // The letter is enqueued for a taken address too, and comes to nothing there: the work is the same.
        let letter = Letter::VerifyEmail { email, callback_url: form.callback_url };
        mail::enqueue(app, &mut transaction, &letter).await?;
        transaction.commit().await?;
        app.mail.wake.notify_one();
        return Ok(SignedUp::Pending(user));
    }
    let signed_in = begin(&mut *transaction, user, form.lifetime, origin, now).await?;
    transaction.commit().await?;
    Ok(SignedUp::In(Box::new(signed_in)))
}
