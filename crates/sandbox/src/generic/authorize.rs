//! The address a browser is sent to.

use super::registration::{Challenge, Entry, Separator};
use crate::{
    account::Vendor,
    app::App,
    consent::{self, Ask, Callback, Decision, Purpose, Refusal},
    ledger::Terms,
    oauth::{self, Pkce},
    parameters::Parameters,
};
use axum::{
    extract::Request,
    response::{IntoResponse, Response},
};

pub(super) async fn authorize(app: &App, entry: &Entry, request: Request) -> Response {
    match consent::parameters(request.uri().query()).and_then(|parameters| asked(app, entry, &parameters)) {
        Ok((ask, decided)) => consent::present(app, request.headers(), ask, decided).await,
        Err(refusal) => refusal.into_response(),
    }
}

fn asked(app: &App, entry: &Entry, parameters: &Parameters) -> Result<(Ask, Option<Decision>), Refusal> {
    let described = &entry.registration;
    let (account, decided) = consent::shortcuts(app, Vendor::Generic, parameters)?;
    if parameters.get("client_id") != Some(described.client_id.as_str()) {
        return Err(Refusal::page("Unknown client", "No app with this client_id is registered here."));
    }
    let wanted = parameters.get("redirect_uri");
    let redirect_uri = described.redirect_uris.iter().find(|registered| Some(registered.as_str()) == wanted);
    let Some(redirect_uri) = redirect_uri.cloned() else {
        return Err(Refusal::page("Invalid redirect_uri", "It must equal a registered callback letter by letter."));
    };
    let callback = Callback { redirect_uri, state: parameters.get("state").map(str::to_owned) };
    let refused = |error, why: String| Refusal::Redirect(callback.clone(), error, why);
    if parameters.get("response_type") != Some("code") {
        return Err(refused("unsupported_response_type", "response_type must be code".to_owned()));
    }
    for (name, value) in &described.required_authorize_params {
        if parameters.get(name) != Some(value.as_str()) {
            return Err(refused("invalid_request", format!("{name} must be {value}")));
        }
    }
    // A blank between scopes where a comma belongs makes one scope with a blank in it, and there is none such.
    let foreign = Separator::ALL.map(Separator::letter);
    let mut scopes =
        oauth::scopes(parameters, "scope", described.scope_separator.letter(), |scope| !scope.contains(foreign))
            .map_err(|why| refused("invalid_scope", why))?;
    let declined = oauth::declined(app, Vendor::Generic, parameters);
    scopes.retain(|scope| !declined.contains(scope));
    let pkce = match described.pkce {
        Challenge::Required => Pkce::Demanded,
        Challenge::Allowed => Pkce::Allowed,
        Challenge::Refused => Pkce::NotAllowed,
    };
    let challenge = pkce.challenge(parameters).map_err(|(_, why)| refused("invalid_request", why.to_owned()))?;
    let purpose = Purpose::Authorize(Terms { challenge, offline: true, ..Terms::default() });
    let client_id = entry.client_key();
    Ok((Ask { vendor: Vendor::Generic, purpose, client_id, callback, scopes, account }, decided))
}
