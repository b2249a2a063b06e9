//! A mailed link proves that a person reads the mail of an address.

use crate::{
    app::App,
    cookies::Lifetime,
    flows::{
        mail,
        session::{Origin, SignedIn, begin},
    },
    mail::Letter,
    problem::{Internal, LinkProblem, Problem},
};
use db::auth::{
    links::{self, Link, Purpose},
    users::{self, User},
};

/// Sends a link. A stranger learns nothing about the address; a signed-in person can only ask for their own.
pub async fn request(
    app: &App,
    caller: Option<&SignedIn>,
    email: &str,
    callback_url: Option<String>,
) -> Result<(), Problem> {
    if !app.mail.mailer.is_on() {
        return Err(Problem::VerificationMailDisabled);
    }
    let email = email.to_ascii_lowercase();
    if let Some(caller) = caller {
        if caller.user.email != email {
            return Err(Problem::EmailMismatch);
        }
        if caller.user.email_verified {
            return Err(Problem::EmailAlreadyVerified);
        }
    }
    Ok(mail::later(app, &Letter::VerifyEmail { email, callback_url }).await?)
}

/// What an opened link has done.
pub enum Opened {
    /// The address is proven, just now or earlier.
    Verified(Option<Box<SignedIn>>),
    /// The second mail is on its way, to the new address.
    Confirmed,
    /// The address has changed.
    Changed(User),
}

/// Opens a link once. A second click on a link that did its work is told that all is well, and does nothing: mail programs
/// look at links before people do.
pub async fn open(
    app: &App,
    caller: Option<&SignedIn>,
    token: &str,
    callback_url: Option<&str>,
    origin: Origin,
) -> Result<Opened, LinkProblem> {
    let hash = kernel::sha256(token);
    let link = links::by_token(&app.pool, &hash).await.map_err(Internal::from)?.ok_or(LinkProblem::Invalid)?;
    if link.expires_at <= app.clock.now() {
        return Err(LinkProblem::Expired);
    }
    let user = users::by_id(&app.pool, link.user).await.map_err(Internal::from)?.ok_or(LinkProblem::Invalid)?;
    match link.purpose {
        Purpose::VerifyEmail => verify(app, caller, &link, &hash, user, origin).await,
        Purpose::ConfirmEmailChange => confirm(app, caller, &link, &hash, callback_url).await,
        Purpose::ChangeEmail => change(app, caller, &link, &hash, user).await,
        Purpose::ResetPassword | Purpose::DeleteUser => Err(LinkProblem::Invalid),
    }
}

async fn verify(
    app: &App,
    caller: Option<&SignedIn>,
    link: &Link,
    hash: &[u8; 32],
    mut user: User,
    origin: Origin,
) -> Result<Opened, LinkProblem> {
    if user.email != link.email {
        return Err(LinkProblem::Invalid);
    }
    if user.email_verified {
        return Ok(Opened::Verified(None));
    }
    let now = app.clock.now();
    let mut transaction = app.pool.begin().await.map_err(Internal::from)?;
    let first = links::use_up(&mut *transaction, hash, now).await.map_err(Internal::from)?;
    if !first || !users::mark_verified(&mut *transaction, user.id, &link.email, now).await.map_err(Internal::from)? {
        return Err(LinkProblem::Invalid);
    }
    (user.email_verified, user.updated_at) = (true, now);
    // Where signing in had to wait for this, the link signs in.
    let waited = app.policy.require_email_verification.is_on();
    let signed_in = match caller.filter(|caller| caller.user.id == user.id) {
        None if waited => {
            Some(begin(&mut *transaction, user, Lifetime::Remembered, origin, now).await.map_err(Internal::from)?)
        }
        Some(caller) if waited => Some(SignedIn { user, ..caller.clone() }),
        _ => None,
    };
    transaction.commit().await.map_err(Internal::from)?;
    Ok(Opened::Verified(signed_in.map(Box::new)))
}

/// The old mailbox agrees: the new one is asked.
async fn confirm(
    app: &App,
    caller: Option<&SignedIn>,
    link: &Link,
    hash: &[u8; 32],
    callback_url: Option<&str>,
) -> Result<Opened, LinkProblem> {
    own(caller, link)?;
    if link.used_at.is_some() {
        return Ok(Opened::Confirmed);
    }
    let mut transaction = app.pool.begin().await.map_err(Internal::from)?;
    if links::use_up(&mut *transaction, hash, app.clock.now()).await.map_err(Internal::from)? {
        let letter = Letter::ChangeEmail {
            user: link.user,
            new_email: link.email.clone(),
            callback_url: callback_url.map(str::to_owned),
        };
        mail::enqueue(app, &mut transaction, &letter).await?;
    }
    transaction.commit().await.map_err(Internal::from)?;
    app.mail.wake.notify_one();
    Ok(Opened::Confirmed)
}

async fn change(
    app: &App,
    caller: Option<&SignedIn>,
    link: &Link,
    hash: &[u8; 32],
    mut user: User,
) -> Result<Opened, LinkProblem> {
    own(caller, link)?;
    if user.email == link.email {
        return Ok(Opened::Changed(user));
    }
    let now = app.clock.now();
    let mut transaction = app.pool.begin().await.map_err(Internal::from)?;
    let first = links::use_up(&mut *transaction, hash, now).await.map_err(Internal::from)?;
    // Somebody may have taken the address since the mail was sent.
    if !first || !users::change_email(&mut *transaction, user.id, &link.email, now).await.map_err(Internal::from)? {
        return Err(LinkProblem::Invalid);
    }
    // What was mailed to the old address opens nothing any more.
    links::use_up_all(&mut *transaction, user.id, Purpose::ResetPassword, now).await.map_err(Internal::from)?;
    links::use_up_all(&mut *transaction, user.id, Purpose::ChangeEmail, now).await.map_err(Internal::from)?;
    transaction.commit().await.map_err(Internal::from)?;
    (user.email, user.email_verified, user.updated_at) = (link.email.clone(), true, now);
    Ok(Opened::Changed(user))
}

/// A change is not finished from a browser where somebody else is signed in.
fn own(caller: Option<&SignedIn>, link: &Link) -> Result<(), LinkProblem> {
    match caller {
        Some(caller) if caller.user.id != link.user => Err(LinkProblem::SomebodyElse),
        _ => Ok(()),
    }
}
