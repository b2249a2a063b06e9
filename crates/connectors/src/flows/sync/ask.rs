//! Somebody asks for streams to be fetched now.

use crate::{App, flows::vend::VendError, http::Caller};
use db::{
    connections,
    streams::{self, Asked},
};
use kernel::ConnectionId;

/// Nothing is fetched.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    #[error("the tenant has no such connection")]
    NotFound(#[from] VendError),
    #[error("the connection has no such stream")]
    NoSuchStream,
    #[error("the database failed")]
    Database(#[from] db::Error),
}

/// What somebody asks for.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// `None`: all that the connection has.
    pub names: Option<&'a [String]>,
    /// From the beginning.
    pub anew: bool,
}

/// Makes them due, and says which. One that is running is fetched once more after that.
pub async fn ask(app: &App, caller: &Caller, id: ConnectionId, wish: Wish<'_>) -> Result<Vec<Asked>, AskError> {
    let mut transaction = app.pool.begin().await?;
    let connection = connections::find(&mut *transaction, caller.tenant, id).await?;
    connection.filter(|found| caller.may_see(found)).ok_or(VendError::NotFound)?;
    let now = app.clock.now();
    let due = streams::make_due(&mut *transaction, caller.tenant, id, wish.names, wish.anew, now).await?;
    let is_due = |name: &String| due.iter().any(|asked| asked.name == *name);
    if wish.names.is_some_and(|names| !names.iter().all(is_due)) {
        return Err(AskError::NoSuchStream);
    }
    transaction.commit().await?;
    Ok(due)
}
