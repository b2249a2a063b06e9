//! The address a browser is sent to, where a vendor has no ways of its own there.

use super::Client;
use crate::{
    account::Vendor,
    app::App,
    consent::{self, Ask, Callback, Purpose, Refusal},
    parameters::Parameters,
    pkce,
};
use axum::{
    http::HeaderMap,
    response::{IntoResponse, Response},
};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pkce {
    /// With S256.
    Demanded,
    /// The app is not set up for it, and sending it is an error.
    NotAllowed,
}

/// What an authorize request must say at a vendor.
pub(crate) struct Rules {
    pub(crate) vendor: Vendor,
    /// The scopes there are, separated by spaces in the request.
    pub(crate) scopes: &'static [&'static str],
    pub(crate) pkce: Pkce,
    /// Parameters that must be there, literally.
    pub(crate) fixed: &'static [(&'static str, &'static str)],
    /// Whether the request asks for a refresh token.
    pub(crate) offline: fn(&Parameters, &[String]) -> bool,
}

pub(crate) async fn authorize(app: &App, rules: &Rules, query: Option<&str>, headers: &HeaderMap) -> Response {
    match consent::parameters(query).and_then(|parameters| asked(app, rules, &parameters)) {
        Ok((ask, decided)) => consent::present(app, headers, ask, decided).await,
        Err(refusal) => refusal.into_response(),
    }
}

fn asked(app: &App, rules: &Rules, parameters: &Parameters) -> Result<(Ask, Option<consent::Decision>), Refusal> {
    let vendor = rules.vendor;
    let (account, decided) = consent::shortcuts(app, vendor, parameters)?;
    let client = parameters.get("client_id").and_then(|id| app.client(vendor, id));
    let client =
        client.ok_or_else(|| Refusal::page("Unknown client", "No app with this client_id is registered here."))?;
    let callback = callback(&client, parameters)?;
    let refused = |error, why: String| Refusal::Redirect(callback.clone(), error, why);
    if parameters.get("response_type") != Some("code") {
        return Err(refused("unsupported_response_type", "response_type must be code".to_owned()));
    }
    for (name, value) in rules.fixed {
        if parameters.get(name) != Some(value) {
            return Err(refused("invalid_request", format!("{name} must be {value}")));
        }
    }
    let scopes = scopes(rules, parameters).map_err(|why| refused("invalid_scope", why))?;
    let challenge = match rules.pkce {
        Pkce::Demanded => Some(pkce::challenge(parameters).map_err(|why| refused("invalid_request", why.to_owned()))?),
        Pkce::NotAllowed if parameters.get("code_challenge").is_some() => {
            return Err(refused("pkce_not_allowed", "this app takes no code_challenge".to_owned()));
        }
        Pkce::NotAllowed => None,
    };
    let nonce = parameters.get("nonce").map(str::to_owned);
    let offline = (rules.offline)(parameters, &scopes);
    let purpose = Purpose::Authorize { challenge, nonce, offline };
    let client_id = client.id.to_owned();
    Ok((Ask { vendor, purpose, client_id, callback, scopes, account }, decided))
}

/// A callback that is not registered ends on a page: a redirect would carry the person to whoever forged the request.
fn callback(client: &Client<'_>, parameters: &Parameters) -> Result<Callback, Refusal> {
    match parameters.get("redirect_uri").and_then(|wanted| client.callback(wanted)) {
        Some(redirect_uri) => {
            Ok(Callback { redirect_uri: redirect_uri.to_owned(), state: parameters.get("state").map(str::to_owned) })
        }
        None => Err(Refusal::page("Invalid redirect_uri", "It must equal a registered callback letter by letter.")),
    }
}

fn scopes(rules: &Rules, parameters: &Parameters) -> Result<Vec<String>, String> {
    let text = parameters.get("scope").ok_or("scope is required")?;
    let mut scopes: Vec<String> = Vec::new();
    for scope in text.split(' ').filter(|scope| !scope.is_empty()) {
        if !rules.scopes.contains(&scope) {
            return Err(format!("{scope:?} is not a scope that can be asked for here"));
        }
        if !scopes.iter().any(|each| each == scope) {
            scopes.push(scope.to_owned());
        }
    }
    if scopes.is_empty() { Err("scope is required".to_owned()) } else { Ok(scopes) }
}
