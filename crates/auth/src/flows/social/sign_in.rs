//! Somebody has shown which account elsewhere is theirs: who are they here?

use super::{NOT_LINKED, NOT_VERIFIED, Proven, Refused, SIGN_UP_DISABLED, callback::address};
use crate::{
    app::App,
    cookies::Lifetime,
    flows::{
        mail,
        session::{Origin, SignedIn, begin},
    },
    mail::Letter,
};
use db::auth::{
    accounts::{self, Account},
    users::{self, User},
};
use kernel::UserId;
use uuid::Uuid;

/// Somebody signed in.
pub struct SocialSignIn {
    pub session: SignedIn,
    pub newcomer: Newcomer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Newcomer {
    Yes,
    No,
}

/// The owner of the account; else the person of its address, if both sides have verified that; else somebody new.
pub async fn sign_in(app: &App, proven: Proven<'_>, origin: Origin) -> Result<SocialSignIn, Refused> {
    let email = address(&proven)?;
    let (user, newcomer) = person(app, &proven, &email).await?;
    if app.policy.require_email_verification.is_on() && !user.email_verified {
        mail::later(app, &Letter::VerifyEmail { email: user.email, callback_url: None }).await?;
        return Err(NOT_VERIFIED);
    }
    let session = begin(&app.pool, user, Lifetime::Remembered, origin, app.clock.now()).await?;
    Ok(SocialSignIn { session, newcomer })
}

async fn person(app: &App, proven: &Proven<'_>, email: &str) -> Result<(User, Newcomer), Refused> {
    let (provider, account_id) = (proven.provider.configured.sign_in.id, &proven.profile.account_id);
    if let Some((account, user)) = accounts::owned_by(&app.pool, provider, account_id).await? {
        // The scopes stay: only linking asks for others.
        let tokens = proven.grant.sealed(app, account.id)?;
        accounts::store_tokens(&app.pool, account.id, &tokens, &account.scopes, app.clock.now()).await?;
        return Ok((user, Newcomer::No));
    }
    if let Some(user) = users::by_email(&app.pool, email).await? {
        // Without the first condition anybody could write the victim's address into a profile; without the second,
        // somebody who signed up with it beforehand would keep their password on what becomes the victim's account.
        if !proven.profile.email_verified || !user.email_verified {
            return Err(NOT_LINKED);
        }
        return if add(app, &mut *app.pool.acquire().await?, proven, user.id).await? {
            Ok((user, Newcomer::No))
        } else {
            Err(NOT_LINKED)
        };
    }
    if !app.policy.sign_up.is_on() {
        return Err(SIGN_UP_DISABLED);
    }
    let now = app.clock.now();
    let user = User {
        id: UserId::generate(),
        name: proven.profile.name.clone(),
        email: email.to_owned(),
        email_verified: proven.profile.email_verified,
        image: proven.profile.image.clone(),
        created_at: now,
        updated_at: now,
    };
    let mut transaction = app.pool.begin().await?;
    // Whoever was faster with the address or the account has it.
    if !users::create(&mut *transaction, &user).await? || !add(app, &mut transaction, proven, user.id).await? {
        return Err(NOT_LINKED);
    }
    transaction.commit().await?;
    Ok((user, Newcomer::Yes))
}

/// Gives the person the account; false when somebody has it.
pub async fn add(
    app: &App,
    connection: &mut db::PgConnection,
    proven: &Proven<'_>,
    user: UserId,
) -> Result<bool, Refused> {
    let now = app.clock.now();
    let account = Account {
        id: Uuid::now_v7(),
        user,
        provider: proven.provider.configured.sign_in.id.to_owned(),
        account_id: proven.profile.account_id.clone(),
        scopes: proven.grant.scopes.clone(),
        created_at: now,
        updated_at: now,
    };
    let tokens = proven.grant.sealed(app, account.id)?;
    Ok(accounts::create_social(connection, &account, &tokens).await?)
}
