//! A provider without a consent page: somebody pastes a key, or a user name and a password. It is tried before it is kept.

use super::{
    ConnectError, Starter, Wish,
    save::{self, Made, Owner},
    wish,
};
use crate::{App, flows::settings};
use kernel::{Connection, ConnectionKind, Secret};
use oauth::Grant;
use providers::{Auth, Call, CallError};

const LONGEST: usize = 4 * 1024;

/// What was pasted.
pub enum Credentials {
    ApiKey(Secret),
    Basic { username: String, password: Secret },
}

pub async fn paste(
    app: &App,
    wish: &Wish,
    starter: Starter,
    credentials: &Credentials,
) -> Result<Connection, ConnectError> {
    let owner = match starter {
        Starter::Member { user, .. } => Owner::person(user),
        Starter::Operator { tenant, name } => Owner { tenant, user: None, actor: name },
        // A consent can wait for its owner; a credential is not kept for nobody.
        Starter::Anonymous(_) => return Err(ConnectError::Pasted),
    };
    let provider = settings::known(app, &wish.provider)?;
    let credential = match (&provider.auth, credentials) {
        (Auth::ApiKey, Credentials::ApiKey(key)) => visible("#/credentials/api_key", key)?.clone(),
        (Auth::Basic, Credentials::Basic { username, password }) => pair(username, password)?,
        (Auth::OAuth2(_), _) => return Err(invalid("#/credentials", "this provider has a consent page: leave it out")),
        (Auth::ApiKey, Credentials::Basic { .. }) => {
            return Err(invalid("#/credentials", "this provider takes an api_key"));
        }
        (Auth::Basic, Credentials::ApiKey(_)) => {
            return Err(invalid("#/credentials", "this provider takes a username and a password"));
        }
    };
    wish::parameters(&provider, &wish.parameters)?;
    wish::label(wish.label.as_deref())?;
    let configured = settings::configured(app, Some(owner.tenant), &wish.provider, &wish.parameters).await?;
    let grant = Grant::pasted(credential);
    let call = Call::new(&configured, &app.client, &grant.access_token, app.clock.now());
    let account = provider.vendor.identify(call, &grant).await.map_err(|error| match error {
        CallError::Unauthorized | CallError::Refused => invalid("#/credentials", "the provider does not accept them"),
        error => error.into(),
    })?;
    let made = Made {
        kind: ConnectionKind::Account,
        account,
        grant,
        client_id: None,
        requested_scopes: None,
        parameters: wish.parameters.clone(),
        label: wish.label.clone(),
    };
    save::connection(app, &provider, owner, made).await
}

/// The form that HTTP Basic takes (RFC 7617 2): a colon would end the name.
fn pair(username: &str, password: &Secret) -> Result<Secret, ConnectError> {
    let name = Secret::from(username);
    visible("#/credentials/username", &name)?;
    if username.contains(':') {
        return Err(invalid("#/credentials/username", "must not have a colon"));
    }
    // Some vendors take a key as the name and nothing as the password.
    if !password.expose().is_empty() {
        visible("#/credentials/password", password)?;
    }
    Ok(Secret::from(format!("{username}:{}", password.expose())))
}

fn visible<'a>(pointer: &'static str, text: &'a Secret) -> Result<&'a Secret, ConnectError> {
    let fits =
        |text: &str| (1..=LONGEST).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
    if fits(text.expose()) { Ok(text) } else { Err(invalid(pointer, "1 to 4096 visible characters")) }
}

const fn invalid(pointer: &'static str, detail: &'static str) -> ConnectError {
    ConnectError::Invalid { pointer, detail }
}
