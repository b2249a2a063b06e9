//! The address a browser is sent to.

use crate::{
    account::Vendor,
    app::App,
    consent::{self, Ask, Callback, Purpose, Refusal},
    ledger::{Actor, Terms},
    oauth::Client,
    parameters::Parameters,
    pkce,
};
use axum::{
    extract::{RawQuery, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};

const SCOPES: [&str; 12] = [
    "read",
    "write",
    "issues:create",
    "comments:create",
    "timeSchedule:write",
    "admin",
    "app:assignable",
    "app:mentionable",
    "customer:read",
    "customer:write",
    "initiative:read",
    "initiative:write",
];

pub(super) async fn authorize(State(app): State<App>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let asked = consent::parameters(query.as_deref()).and_then(|parameters| {
        let (account, decided) = consent::shortcuts(&app, Vendor::Linear, &parameters)?;
        let client = client(&app, &parameters)?;
        let callback = callback(&client, &parameters)?;
        if parameters.get("response_type") != Some("code") {
            let why = "response_type must be code".to_owned();
            return Err(Refusal::Redirect(callback, "unsupported_response_type", why));
        }
        let scopes = scopes(&parameters).map_err(|why| Refusal::Redirect(callback.clone(), "invalid_scope", why))?;
        let challenge = pkce::challenge(&parameters)
            .map_err(|why| Refusal::Redirect(callback.clone(), "invalid_request", why.into()))?;
        let client_id = client.id.to_owned();
        let actor = actor(&parameters, &scopes).map_err(|why| {
            let error = if parameters.get("actor") == Some("app") { "invalid_scope" } else { "invalid_request" };
            Refusal::Redirect(callback.clone(), error, why.to_owned())
        })?;
        let terms = Terms { challenge: Some(challenge), offline: true, actor, ..Terms::default() };
        let purpose = Purpose::Authorize(terms);
        Ok((Ask { vendor: Vendor::Linear, purpose, client_id, callback, scopes, account }, decided))
    });
    match asked {
        Ok((ask, decided)) => consent::present(&app, &headers, ask, decided).await,
        Err(refusal) => refusal.into_response(),
    }
}

/// In whose name: the person's, or an app user's that the workspace gets, who is nobody's administrator.
fn actor(parameters: &Parameters, scopes: &[String]) -> Result<Actor, &'static str> {
    match parameters.get("actor") {
        None | Some("user") => Ok(Actor::Person),
        Some("app") if scopes.iter().any(|scope| scope == "admin") => Err("actor=app cannot have the scope admin"),
        Some("app") => Ok(Actor::App),
        Some(_) => Err("actor must be user or app"),
    }
}

/// An unknown client or a callback that is not registered ends here, on a page: a redirect would carry the person to
/// whoever forged the request.
fn client<'a>(app: &'a App, parameters: &Parameters) -> Result<Client<'a>, Refusal> {
    let found = parameters.get("client_id").and_then(|id| app.client(Vendor::Linear, id));
    found.ok_or_else(|| Refusal::page("Unknown client", "No app with this client_id is registered here."))
}

fn callback(client: &Client<'_>, parameters: &Parameters) -> Result<Callback, Refusal> {
    match parameters.get("redirect_uri").and_then(|wanted| client.callback(wanted)) {
        Some(redirect_uri) => {
            Ok(Callback { redirect_uri: redirect_uri.to_owned(), state: parameters.get("state").map(str::to_owned) })
        }
        None => Err(Refusal::page("Invalid redirect_uri", "It must equal a registered callback letter by letter.")),
    }
}

/// Commas between scopes on the way in; `read` is always part of what is granted.
fn scopes(parameters: &Parameters) -> Result<Vec<String>, String> {
    let text = parameters.get("scope").ok_or("scope is required")?;
    let mut scopes = vec!["read".to_owned()];
    for scope in text.split(',') {
        if !SCOPES.contains(&scope) {
            return Err(format!("{scope:?} is not a scope; scopes are separated by commas"));
        }
        if !scopes.iter().any(|each| each == scope) {
            scopes.push(scope.to_owned());
        }
    }
    Ok(scopes)
}
