//! The address that installs the app: two lists of scopes with commas, one for the bot and one for the person.

use crate::{
    account::Vendor,
    app::App,
    consent::{self, Ask, Decision, Purpose, Refusal},
    ledger::Terms,
    oauth::{self, Pkce, Use},
    parameters::Parameters,
};
use axum::{
    extract::{RawQuery, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};

pub(super) async fn authorize(State(app): State<App>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    match consent::parameters(query.as_deref()).and_then(|parameters| asked(&app, &parameters)) {
        Ok((ask, decided)) => consent::present(&app, &headers, ask, decided).await,
        Err(refusal) => refusal.into_response(),
    }
}

fn asked(app: &App, parameters: &Parameters) -> Result<(Ask, Option<Decision>), Refusal> {
    let vendor = Vendor::Slack;
    let (account, decided) = consent::shortcuts(app, vendor, parameters)?;
    let client = oauth::client(app, vendor, &[Use::Connect], parameters)?;
    let callback = oauth::callback(&client, parameters)?;
    let refused = |error, why: String| Refusal::Redirect(callback.clone(), error, why);
    Pkce::NotAllowed.challenge(parameters).map_err(|(error, why)| refused(error, why.to_owned()))?;
    let list = |name| oauth::scopes(parameters, name, ',', is_scope).map_err(|why| refused("invalid_scope", why));
    let (mut scopes, mut user_scopes) = (list("scope")?, list("user_scope")?);
    if scopes.is_empty() && user_scopes.is_empty() {
        return Err(refused("no_scopes", "neither scope nor user_scope names any".to_owned()));
    }
    let declined = oauth::declined(app, vendor, parameters);
    for list in [&mut scopes, &mut user_scopes] {
        list.retain(|scope| !declined.contains(scope));
    }
    let purpose = Purpose::Authorize(Terms { user_scopes, ..Terms::default() });
    let client_id = client.id.to_owned();
    Ok((Ask { vendor, purpose, client_id, callback, scopes, account }, decided))
}

/// Those for signing in do not mix with the others.
fn is_scope(scope: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || matches!(byte, b':' | b'.' | b'_' | b'-');
    let plain = ["commands", "incoming-webhook", "identify"].contains(&scope);
    plain || (scope.contains(':') && scope.bytes().all(allowed))
}
