//! A person looks at where they are signed in, and signs out elsewhere.

use crate::{
    app::App,
    flows::{oauth2::consents, session::SignedIn},
    problem::Internal,
    wire,
};
use db::auth::{
    links::{self, Purpose},
    sessions,
};
use uuid::Uuid;

/// The caller's live sessions. The caller's own token is the one they presented. Of the others we hold digests only, so
/// they are named by their ids, which [`end_one`] takes as well: whoever reads this list holds no other session.
pub async fn list(app: &App, caller: &SignedIn) -> Result<Vec<wire::Session>, Internal> {
    let live = sessions::live_of(&app.pool, caller.user.id, app.clock.now()).await?;
    let named = live.into_iter().map(|session| {
        let own = session.id == caller.session.id;
        let name = if own { caller.token.clone() } else { session.id.simple().to_string() };
        wire::Session::new(session, name)
    });
    Ok(named.collect())
}

/// Ends one session of the caller, named by its token or as [`list`] names it. Somebody else's stays, without a word.
pub async fn end_one(app: &App, caller: &SignedIn, name: &str) -> Result<(), Internal> {
    let id = Uuid::try_parse(name).ok();
    Ok(sessions::delete_of(&app.pool, caller.user.id, id, &kernel::sha256(name)).await?)
}

/// Signs the caller out everywhere.
pub async fn end_all(app: &App, caller: &SignedIn) -> Result<(), Internal> {
    end(app, caller, None).await
}

/// Signs the caller out everywhere else.
pub async fn end_others(app: &App, caller: &SignedIn) -> Result<(), Internal> {
    end(app, caller, Some(caller.session.id)).await
}

/// With the sessions ends what a stranger in one of them may have set going: a change of the address, and clients that were let
/// act for the person. To a client this is "elsewhere" too.
async fn end(app: &App, caller: &SignedIn, kept: Option<Uuid>) -> Result<(), Internal> {
    let mut transaction = app.pool.begin().await?;
    sessions::delete_all_of(&mut *transaction, caller.user.id, kept).await?;
    consents::withdraw_all(&mut *transaction, caller.user.id).await?;
    for purpose in [Purpose::ConfirmEmailChange, Purpose::ChangeEmail] {
        links::use_up_all(&mut *transaction, caller.user.id, purpose, app.clock.now()).await?;
    }
    Ok(transaction.commit().await?)
}
