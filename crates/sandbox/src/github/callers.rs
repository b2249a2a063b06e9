//! Who calls the REST API: each credential is an extractor, and a handler says in its arguments which one it takes.

use super::answers::Refused;
use crate::{
    account::{Account, Vendor},
    app::App,
    config::GithubApp,
    credentials,
    ledger::{Grant, Installation},
};
use axum::{
    extract::{FromRequestParts, Path},
    http::{StatusCode, request::Parts},
};
use serde::Deserialize;

/// A person's token (`ghu_…`).
pub(super) struct User {
    pub(super) grant: Grant,
}

/// An installation's token (`ghs_…`), and the installation it is for.
pub(super) struct Installed {
    pub(super) token: String,
    pub(super) installation: Installation,
}

/// The App itself, by its RS256 JWT.
pub(super) struct TheApp(pub(super) GithubApp);

/// The OAuth client, by HTTP Basic.
pub(super) struct Client {
    pub(super) id: String,
}

/// A person who administers the repository in the path.
pub(super) struct Administrator {
    pub(super) grant: Grant,
    /// `owner/name`.
    pub(super) full_name: String,
}

/// Whoever may look into repositories.
pub(super) enum Reader {
    Person(Grant),
    App(Installation),
}

#[derive(Deserialize)]
struct RepositoryPath {
    owner: String,
    repo: String,
}

impl FromRequestParts<App> for Administrator {
    type Rejection = Refused;

    /// An App's token is told that it is one; a person hears of no repository that is not theirs.
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        let token = bearer(parts)?;
        if app.store.read(|ledger| ledger.installations.find(token, app.now())).is_some() {
            return Err(Refused::NOT_FOR_APPS);
        }
        let User { grant } = User::from_request_parts(parts, app).await?;
        let Path(path) =
            Path::<RepositoryPath>::from_request_parts(parts, app).await.map_err(|_| Refused::NOT_FOUND)?;
        let owner: Account = path.owner.parse().map_err(|_| Refused::NOT_FOUND)?;
        let is_theirs = owner == grant.account
            || app.store.read(|ledger| {
                ledger.installations.visible_to(&grant.account).iter().any(|each| each.account == owner)
            });
        let full_name = format!("{owner}/{}", path.repo);
        if !is_theirs || app.data.github().find(app, &full_name).is_none() {
            return Err(Refused::NOT_FOUND);
        }
        Ok(Self { grant, full_name })
    }
}

fn bearer(parts: &Parts) -> Result<&str, Refused> {
    credentials::token(&parts.headers, &["bearer", "token"]).ok_or(Refused::NO_CREDENTIALS)
}

impl FromRequestParts<App> for User {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        let token = bearer(parts)?;
        let found = app.store.read(|ledger| ledger.book(Vendor::Github).find(token, app.now()));
        found.map(|grant| Self { grant }).ok_or(Refused::BAD_CREDENTIALS)
    }
}

impl FromRequestParts<App> for Installed {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        let token = bearer(parts)?;
        let found = app.store.read(|ledger| ledger.installations.find(token, app.now()));
        let installation = found.ok_or(Refused::BAD_CREDENTIALS)?;
        if installation.suspended_at.is_some() {
            return Err(Refused::SUSPENDED);
        }
        Ok(Self { token: token.to_owned(), installation })
    }
}

impl Reader {
    /// Whether it is let into what belongs to this account: everything of its own, and a person what they have installed the App
    /// for. What is private takes a scope, where tokens have scopes.
    pub(super) fn reaches(&self, app: &App, owner: &Account, is_private: bool) -> bool {
        match self {
            Self::App(installation) => installation.account == *owner,
            Self::Person(grant) => {
                let is_theirs = || {
                    app.store.read(|ledger| {
                        ledger.installations.visible_to(&grant.account).iter().any(|each| each.account == *owner)
                    })
                };
                let is_scoped = !is_private || grant.scopes.is_empty() || grant.has("repo");
                is_scoped && (grant.account == *owner || is_theirs())
            }
        }
    }
}

impl FromRequestParts<App> for Reader {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        let token = bearer(parts)?;
        if app.store.read(|ledger| ledger.installations.find(token, app.now())).is_some() {
            return Installed::from_request_parts(parts, app).await.map(|caller| Self::App(caller.installation));
        }
        User::from_request_parts(parts, app).await.map(|user| Self::Person(user.grant))
    }
}

impl FromRequestParts<App> for TheApp {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        let (Some(registered), Some(key)) = (&app.config.github.app, &app.app_key) else {
            return Err(Refused::NOT_FOUND);
        };
        let jwt = bearer(parts)?;
        key.check(jwt, registered.id, &app.config.github.client_id, app.wall.now())
            .map(|()| Self(registered.clone()))
            .map_err(|why| Refused(StatusCode::UNAUTHORIZED, why.to_string().into()))
    }
}

impl FromRequestParts<App> for Client {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        let given = credentials::basic(&parts.headers);
        let known = given.filter(|(id, secret)| app.authenticated(Vendor::Github, id, secret).is_some());
        known.map(|(id, _)| Self { id }).ok_or(Refused::BAD_CREDENTIALS)
    }
}
