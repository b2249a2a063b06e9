//! A person decides about a client.

use super::{
    authorize::{Asked, Target},
    code::{self, Subject},
};
use crate::{
    app::App,
    flows::session::SignedIn,
    oauth2::{OAuthError, Scope},
    problem::Internal,
};
use db::{
    audit,
    auth::{
        oauth_clients,
        oauth_consents::{self, Parties},
        sessions,
    },
};
use serde_json::json;

/// They agree: remembered from now on. `None`: they were signed out elsewhere while they read.
pub async fn allow(app: &App, target: &Target, asked: &Asked, caller: &SignedIn) -> Result<Option<String>, Internal> {
    let (user, client, now) = (caller.user.id, target.client.id.as_str(), app.clock.now());
    let scopes = Scope::names(&asked.scopes);
    let mut transaction = app.pool.begin().await?;
    if !sessions::hold(&mut *transaction, caller.session.id).await? {
        return Ok(None);
    }
    let parties = Parties { user, client, resource: &asked.resource };
    let consent = oauth_consents::allow(&mut *transaction, parties, &scopes, now).await?;
    oauth_clients::touch(&mut *transaction, client, now).await?;
    let code = code::make(&mut *transaction, &Subject { consent, target, asked }, now).await?;
    let entry = audit::Entry {
        at: now,
        actor: &format!("user:{user}"),
        action: "client.allow",
        target: client,
        detail: json!({ "resource": asked.resource, "scopes": scopes }),
    };
    audit::append(&mut *transaction, user.personal_tenant(), entry).await?;
    transaction.commit().await?;
    Ok(Some(target.answer(app, &[("code", &code)])))
}

/// They do not. What they agreed to earlier stays: that is taken back elsewhere.
pub fn deny(app: &App, target: &Target) -> String {
    target.refusal(app, &OAuthError::AccessDenied)
}
