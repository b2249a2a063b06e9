//! A signed-in person adds an account elsewhere to themself.

use super::{EMAIL_DOES_NOT_MATCH, Proven, Refused, SOMEBODY_ELSES, UNABLE_TO_LINK, callback::address, sign_in::add};
use crate::app::App;
use db::auth::{accounts, sessions};
use uuid::Uuid;

/// `session` began it and must still live. The account must carry the person's own address, verified on both sides: a
/// person who was lured into somebody else's session would otherwise leave them the keys to their account.
pub async fn link(app: &App, proven: Proven<'_>, session: Uuid) -> Result<(), Refused> {
    let now = app.clock.now();
    let user = sessions::user_of(&app.pool, session, now).await?.ok_or(UNABLE_TO_LINK)?;
    if !proven.profile.email_verified || !user.email_verified {
        return Err(UNABLE_TO_LINK);
    }
    if address(&proven).map_err(|_| EMAIL_DOES_NOT_MATCH)? != user.email {
        return Err(EMAIL_DOES_NOT_MATCH);
    }
    let provider = proven.provider.configured.sign_in.id;
    let existing = accounts::owned_by(&app.pool, provider, &proven.profile.account_id).await?;
    let Some((account, owner)) = existing else {
        let added = add(app, &mut *app.pool.acquire().await?, &proven, user.id).await?;
        return if added { Ok(()) } else { Err(SOMEBODY_ELSES) };
    };
    if owner.id != user.id {
        return Err(SOMEBODY_ELSES);
    }
    let mut scopes = account.scopes;
    for scope in &proven.grant.scopes {
        if !scopes.contains(scope) {
            scopes.push(scope.clone());
        }
    }
    let tokens = proven.grant.sealed(app, account.id)?;
    Ok(accounts::store_tokens(&app.pool, account.id, &tokens, &scopes, now).await?)
}
