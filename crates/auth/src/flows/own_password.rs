//! A signed-in person proves that they know their password, and changes it.

use crate::{
    app::App,
    cookies::Lifetime,
    flows::{
        oauth2::consents,
        session::{Origin, SignedIn, begin},
    },
    passwords::{Length, Verdict},
    problem::{Internal, Problem},
};
use db::auth::{
    accounts,
    links::{self, Purpose},
    sessions,
    users::{self, User},
};
use kernel::Secret;

/// Fails unless the password is the person's. Each attempt counts against guessing, a session proves little.
pub async fn prove(app: &App, user: &User, password: Secret) -> Result<(), Problem> {
    let stored = accounts::password_hash(&app.pool, user.id).await?;
    let Some(stored) = stored else { return Err(Problem::CredentialAccountNotFound) };
    let guess = app.limits.guess(&user.email).await?;
    match app.passwords.verify(password, &stored).await? {
        Verdict::Refused => return Err(Problem::InvalidPassword),
        // An old kind of hash is replaced at the next sign-in.
        Verdict::Matches | Verdict::MatchesButStale => {}
    }
    guess.succeeded().await;
    Ok(())
}

/// What the person filled in.
pub struct Change {
    pub current: Secret,
    pub new: Secret,
    pub others: Others,
}

/// What becomes of the other browsers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Others {
    Stay,
    /// Every session ends, this one too, and the caller gets a new one.
    SignedOut,
}

/// The person as they are, and their new session where the old ones ended.
pub async fn change(
    app: &App,
    caller: &SignedIn,
    change: Change,
    origin: Origin,
) -> Result<(User, Option<SignedIn>), Problem> {
    match Length::of(&change.new) {
        Length::TooShort => return Err(Problem::PasswordTooShort),
        Length::TooLong => return Err(Problem::PasswordTooLong),
        Length::Fits => {}
    }
    prove(app, &caller.user, change.current).await?;
    let hash = app.passwords.hash(change.new).await?;
    let now = app.clock.now();
    let mut transaction = app.pool.begin().await.map_err(Internal::from)?;
    accounts::set_password(&mut *transaction, caller.user.id, &hash, now).await?;
    // Which browsers stay is the person's choice; of clients nothing was asked, and the old password may have let one in.
    consents::withdraw_all(&mut *transaction, caller.user.id).await?;
    let renewed = if change.others == Others::SignedOut {
        sessions::delete_all_of(&mut *transaction, caller.user.id, None).await?;
        // Nor does a change of address go on that one of them asked for.
        for purpose in [Purpose::ConfirmEmailChange, Purpose::ChangeEmail] {
            links::use_up_all(&mut *transaction, caller.user.id, purpose, now).await?;
        }
        let lifetime = Lifetime::of(&caller.session);
        Some(begin(&mut *transaction, caller.user.clone(), lifetime, origin, now).await?)
    } else {
        None
    };
    let user = users::by_id(&mut *transaction, caller.user.id).await?.ok_or(Problem::Unauthorized)?;
    transaction.commit().await?;
    Ok((user, renewed))
}
