//! A person deletes their account, and everything of theirs goes along.

use crate::{
    app::App,
    flows::{mail, own_password, session::SignedIn, token::LIFETIME_S},
    mail::Letter,
    problem::{Internal, Problem},
};
use chrono::TimeDelta;
use db::{
    auth::{
        links::{self, Purpose},
        users,
    },
    tenants::FORGET_PERSON,
};
use kernel::Secret;
use serde_json::json;

/// How far the clocks of two services may be apart.
const CLOCKS: TimeDelta = TimeDelta::minutes(1);

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

/// Their accounts, sessions, links and consents go by cascade, with what clients hold. What they connected goes by a job of the connectors service, which alone
/// can end grants at the vendors: once now, and once more when the last token that we gave them has expired.
async fn erase(app: &App, caller: &SignedIn) -> Result<(), Internal> {
    let (user, now) = (caller.user.id, app.clock.now());
    let payload = json!({ "user": user });
    let mut transaction = app.pool.begin().await?;
    users::delete(&mut *transaction, user).await?;
    for (round, at) in [("now", now), ("later", now + TimeDelta::seconds(LIFETIME_S) + CLOCKS)] {
        jobs::enqueue(&mut *transaction, FORGET_PERSON, &format!("{user}|{round}"), &payload, at).await?;
    }
    transaction.commit().await?;
    Ok(())
}
