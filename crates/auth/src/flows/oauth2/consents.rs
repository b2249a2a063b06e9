//! A person looks at whom they let act for them, and takes it back.

use crate::{app::App, flows::session::SignedIn, problem::Internal, wire};
use db::{audit, auth::oauth_consents};
use kernel::UserId;
use serde_json::json;
use uuid::Uuid;

pub async fn list(app: &App, caller: &SignedIn) -> Result<Vec<wire::Consent>, Internal> {
    let listed = oauth_consents::of(&app.pool, caller.user.id, app.clock.now()).await?;
    Ok(listed.into_iter().map(Into::into).collect())
}

/// Codes and refresh tokens go along; access tokens end by themselves. Somebody else's consent stays, without a word.
pub async fn withdraw(app: &App, caller: &SignedIn, id: &str) -> Result<(), Internal> {
    let Ok(id) = Uuid::try_parse(id) else { return Ok(()) };
    let user = caller.user.id;
    let mut transaction = app.pool.begin().await?;
    if let Some(client) = oauth_consents::delete_of(&mut *transaction, user, id).await? {
        let entry = audit::Entry {
            at: app.clock.now(),
            actor: &format!("user:{user}"),
            action: "client.withdraw",
            target: &client,
            detail: json!({}),
        };
        audit::append(&mut *transaction, user.personal_tenant(), entry).await?;
    }
    Ok(transaction.commit().await?)
}

/// Takes back everything, where the person's way in has changed: whoever had it may have agreed to something in their name.
pub async fn withdraw_all(executor: impl db::PgExecutor<'_>, user: UserId) -> Result<(), db::Error> {
    oauth_consents::delete_all_of(executor, user).await
}
