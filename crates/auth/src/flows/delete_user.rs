//! A person deletes their account, and everything of theirs goes along.

use crate::{
    app::App,
    flows::{mail, own_password, session::SignedIn},
    mail::Letter,
    problem::{Internal, Problem},
};
use db::{
    auth::{
        links::{self, Purpose},
        users,
    },
    erasures,
};
use kernel::Secret;

/// What the person brings along.
pub struct Deletion {
    pub password: Option<Secret>,
    /// From a mailed link.
    pub token: Option<String>,
    pub callback_url: Option<String>,
}

/// What came of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Deleted,
    /// A link is on its way.
    Mailed,
}

pub async fn request(app: &App, caller: &SignedIn, deletion: Deletion) -> Result<Outcome, Problem> {
    let proven = deletion.password.is_some();
    if let Some(password) = deletion.password {
        own_password::prove(app, &caller.user, password).await?;
    }
    if let Some(token) = deletion.token {
        by_link(app, caller, &token).await?;
        return Ok(Outcome::Deleted);
    }
    if app.policy.confirm_deletion.is_on() {
        let letter = Letter::DeleteUser { user: caller.user.id, callback_url: deletion.callback_url };
        mail::later(app, &letter).await?;
        return Ok(Outcome::Mailed);
    }
    if !proven && !caller.is_fresh(app) {
        return Err(Problem::SessionExpired);
    }
    erase(app, caller).await?;
    Ok(Outcome::Deleted)
}

/// The caller opened the link that they were mailed.
pub async fn by_link(app: &App, caller: &SignedIn, token: &str) -> Result<(), Problem> {
    let hash = kernel::sha256(token);
    let link = links::by_token(&app.pool, &hash).await?;
    let now = app.clock.now();
    let live = link.filter(|link| {
        link.purpose == Purpose::DeleteUser
            && link.user == caller.user.id
            && link.used_at.is_none()
            && link.expires_at > now
    });
    if live.is_none() {
        return Err(Problem::LinkNotFound);
    }
    Ok(erase(app, caller).await?)
}

/// Their accounts, sessions, links and consents go by cascade, with what clients hold. What they connected is erased by the connectors
/// service, which alone can end grants at the vendors, and which from now on takes no token of theirs.
async fn erase(app: &App, caller: &SignedIn) -> Result<(), Internal> {
    let (user, now) = (caller.user.id, app.clock.now());
    let mut transaction = app.pool.begin().await?;
    users::delete(&mut *transaction, user).await?;
    erasures::begin(&mut *transaction, user.personal_tenant(), (now, now)).await?;
    transaction.commit().await?;
    Ok(())
}
