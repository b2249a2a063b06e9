//! A person changes their name or image.

use crate::{
    app::App,
    fields::Nullable,
    flows::session::SignedIn,
    problem::{Internal, Problem},
};
use db::auth::users::{self, User};

/// What is to change.
pub struct Change {
    pub name: Option<String>,
    /// `null` takes it away.
    pub image: Option<Nullable>,
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
    let (id, now) = (caller.user.id, app.clock.now());
    let mut user = User { updated_at: now, ..caller.user.clone() };
    let mut transaction = app.pool.begin().await.map_err(Internal::from)?;
    if let Some(name) = change.name {
        users::rename(&mut *transaction, id, &name, now).await?;
        user.name = name;
    }
    if let Some(image) = change.image {
        user.image = image.into_text();
        users::set_image(&mut *transaction, id, user.image.as_deref(), now).await?;
    }
    transaction.commit().await?;
    Ok(user)
}
