//! The address a browser is sent to, where a vendor has no ways of its own there.

use super::{Client, Use};
use crate::{
    account::Vendor,
    app::App,
    consent::{self, Ask, Callback, Purpose, Refusal},
    ledger::Terms,
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
    /// Checked if it is there.
    Allowed,
    /// The app is not set up for it, and sending it is an error.
    NotAllowed,
}

impl Pkce {
    /// The challenge to keep, or the error and what is wrong.
    pub(crate) fn challenge(self, parameters: &Parameters) -> Result<Option<String>, (&'static str, &'static str)> {
        let is_there = parameters.get("code_challenge").is_some();
        match self {
            Self::NotAllowed if is_there => Err(("pkce_not_allowed", "this app takes no code_challenge")),
            Self::Allowed if !is_there => Ok(None),
            Self::NotAllowed => Ok(None),
            Self::Demanded | Self::Allowed => {
                pkce::challenge(parameters).map(Some).map_err(|why| ("invalid_request", why))
            }
        }
    }
}

/// What an authorize request must say at a vendor.
pub(crate) struct Rules {
    pub(crate) vendor: Vendor,
    /// Which clients may come here.
    pub(crate) uses: &'static [Use],
    /// Whether a client may ask for this scope.
    pub(crate) knows: fn(Use, &str) -> bool,
    /// What stands between scopes.
    pub(crate) separator: char,
    pub(crate) pkce: fn(Use) -> Pkce,
    /// Parameters that must be there, literally.
    pub(crate) fixed: &'static [(&'static str, &'static str)],
    /// What else the request asks for. Challenge and nonce are filled in.
    pub(crate) terms: fn(&Parameters, &[String]) -> Terms,
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
    let client = client(app, vendor, rules.uses, parameters)?;
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
    let known = |scope: &str| (rules.knows)(client.purpose, scope);
    let mut scopes =
        scopes(parameters, "scope", rules.separator, known).map_err(|why| refused("invalid_scope", why))?;
    if scopes.is_empty() {
        return Err(refused("invalid_scope", "scope is required".to_owned()));
    }
    let pkce = (rules.pkce)(client.purpose);
    let challenge = pkce.challenge(parameters).map_err(|(error, why)| refused(error, why.to_owned()))?;
    let terms = (rules.terms)(parameters, &scopes);
    let nonce = parameters.get("nonce").map(str::to_owned);
    let declined = declined(app, vendor, parameters);
    scopes.retain(|scope| !declined.contains(scope));
    let purpose = Purpose::Authorize(Terms { challenge, nonce, ..terms });
    let client_id = client.id.to_owned();
    Ok((Ask { vendor, purpose, client_id, callback, scopes, account }, decided))
}

/// An unknown client ends on a page, as there is nowhere to send the person.
pub(crate) fn client<'a>(
    app: &'a App,
    vendor: Vendor,
    uses: &[Use],
    parameters: &Parameters,
) -> Result<Client<'a>, Refusal> {
    let found = parameters.get("client_id").and_then(|id| app.client(vendor, id));
    found
        .filter(|client| uses.contains(&client.purpose))
        .ok_or_else(|| Refusal::page("Unknown client", "No app with this client_id is registered here."))
}

/// A callback that is not registered ends on a page: a redirect would carry the person to whoever forged the request.
pub(crate) fn callback(client: &Client<'_>, parameters: &Parameters) -> Result<Callback, Refusal> {
    match parameters.get("redirect_uri").and_then(|wanted| client.callback(wanted)) {
        Some(redirect_uri) => {
            Ok(Callback { redirect_uri: redirect_uri.to_owned(), state: parameters.get("state").map(str::to_owned) })
        }
        None => Err(Refusal::page("Invalid redirect_uri", "It must equal a registered callback letter by letter.")),
    }
}

/// The scopes of a parameter, each once; or which of them is none.
pub(crate) fn scopes(
    parameters: &Parameters,
    name: &str,
    separator: char,
    known: impl Fn(&str) -> bool,
) -> Result<Vec<String>, String> {
    let mut scopes: Vec<String> = Vec::new();
    let text = parameters.get(name).unwrap_or_default();
    for scope in text.split(separator).filter(|scope| !scope.is_empty()) {
        if !known(scope) {
            return Err(format!("{scope:?} is not a scope that can be asked for here"));
        }
        if !scopes.iter().any(|each| each == scope) {
            scopes.push(scope.to_owned());
        }
    }
    Ok(scopes)
}

/// What the person unticks: a parameter of ours (`sandbox_decline`), or a setting.
pub(crate) fn declined(app: &App, vendor: Vendor, parameters: &Parameters) -> Vec<String> {
    let named = parameters.get("sandbox_decline").unwrap_or_default();
    let named = named.split([' ', ',']).map(str::to_owned);
    named.chain(app.dials.of(vendor).settings.decline_scopes.iter().cloned()).collect()
}
