//! Somebody asks for streams to be fetched now.

use crate::{App, flows::vend::VendError, http::Caller};
use db::{connections, streams};
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

/// Makes them due, all of them or those named, and says which. One that is running is fetched once more after that.
pub async fn ask(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    names: Option<&[String]>,
) -> Result<Vec<String>, AskError> {
    let mut transaction = app.pool.begin().await?;
    let connection = connections::find(&mut *transaction, caller.tenant, id).await?;
    connection.filter(|found| caller.may_see(found)).ok_or(VendError::NotFound)?;
    let due = streams::make_due(&mut *transaction, caller.tenant, id, names, app.clock.now()).await?;
    if names.is_some_and(|names| names.iter().any(|name| !due.contains(name))) {
        return Err(AskError::NoSuchStream);
    }
    transaction.commit().await?;
    Ok(due)
}
