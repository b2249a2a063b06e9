//! A person changes their name or image.

use crate::{
    app::App,
    flows::session::SignedIn,
    problem::{Internal, Problem},
};
use db::auth::users::{self, User};

/// What is to change. `Some(None)` takes the image away.
pub struct Change {
    pub name: Option<String>,
    pub image: Option<Option<String>>,
    /// An address was in the body: there is another way to change that.
    pub has_email: bool,
}

/// The person as they are afterwards.
pub async fn update(app: &App, caller: &SignedIn, change: Change) -> Result<User, Problem> {
    if change.has_email {
        return Err(Problem::EmailCannotBeUpdated);
    }
    if change.name.is_none() && change.image.is_none() {
        return Err(Problem::NothingToUpdate);
    }
    let now = app.clock.now();
    let image = change.image.as_ref().map(Option::as_deref);
    users::update_profile(&app.pool, caller.user.id, change.name.as_deref(), image, now)
        .await
        .map_err(Internal::from)?;
    let mut user = caller.user.clone();
    user.updated_at = now;
    user.name = change.name.unwrap_or(user.name);
    user.image = change.image.unwrap_or(user.image);
    Ok(user)
}
