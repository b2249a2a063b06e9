//! A person looks at the accounts they can sign in with, and takes one away.

use crate::{
    app::App,
    flows::session::SignedIn,
    problem::{Internal, Problem},
    wire,
};
use db::auth::{accounts, users};
use uuid::Uuid;

pub async fn list(app: &App, caller: &SignedIn) -> Result<Vec<wire::Account>, Internal> {
    Ok(accounts::of(&app.pool, caller.user.id).await?.into_iter().map(wire::Account::from).collect())
}

/// Takes an account away, unless it is the last: nobody locks themself out.
pub async fn unlink(app: &App, caller: &SignedIn, row: &str) -> Result<(), Problem> {
    caller.require_fresh(app)?;
    let mut transaction = app.pool.begin().await.map_err(Internal::from)?;
    // Two requests must not each take one of the last two.
    users::lock(&mut *transaction, caller.user.id).await?;
    let all = accounts::of(&mut *transaction, caller.user.id).await?;
    if all.len() == 1 {
        return Err(Problem::LastAccount);
    }
    let row = Uuid::try_parse(row).map_err(|_| Problem::AccountNotFound)?;
    if all.iter().all(|account| account.id != row) {
        return Err(Problem::AccountNotFound);
    }
    accounts::delete(&mut *transaction, caller.user.id, row).await?;
    transaction.commit().await?;
    Ok(())
}
