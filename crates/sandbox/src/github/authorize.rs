//! The two addresses a browser is sent to: authorizing the app, and installing it.

use crate::{
    account::Vendor,
    app::App,
    consent::{self, Ask, Callback, Purpose, Refusal, found},
    ledger::Terms,
    oauth::{Client, Use},
    page::refusal,
    parameters::Parameters,
    pkce,
};
use axum::{
    extract::{Path, RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};

pub(super) async fn authorize(State(app): State<App>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let asked = consent::parameters(query.as_deref()).and_then(|parameters| {
        let (account, decided) = consent::shortcuts(&app, Vendor::Github, &parameters)?;
        let client = client(&app, &parameters)?;
        let callback = callback(&client, &parameters)?;
        let challenge = pkce::challenge(&parameters)
            .map_err(|why| Refusal::Redirect(callback.clone(), "invalid_request", why.into()))?;
        let scopes = parameters.get("scope").unwrap_or_default().split_whitespace().map(str::to_owned).collect();
        let client_id = client.id.to_owned();
        // Tokens of a GitHub App end and are renewed; those of an OAuth app, which is what people sign in with, do not.
        let offline = client.purpose == Use::Connect;
        let purpose = Purpose::Authorize(Terms { challenge: Some(challenge), offline, ..Terms::default() });
        Ok((Ask { vendor: Vendor::Github, purpose, client_id, callback, scopes, account }, decided))
    });
    match asked {
        Ok((ask, decided)) => consent::present(&app, &headers, ask, decided).await,
        Err(refusal) => refusal.into_response(),
    }
}

/// An unknown client or a callback that is not registered ends here, on a page: a redirect would carry the person to
/// whoever forged the request.
fn client<'a>(app: &'a App, parameters: &Parameters) -> Result<Client<'a>, Refusal> {
    let found = parameters.get("client_id").and_then(|id| app.client(Vendor::Github, id));
    found.ok_or_else(|| {
        let sentence = "No app with this client_id is registered here.";
        Refusal::Page(StatusCode::NOT_FOUND, "Unknown client", sentence.into())
    })
}

fn callback(client: &Client<'_>, parameters: &Parameters) -> Result<Callback, Refusal> {
    let state = parameters.get("state").map(str::to_owned);
    let wanted = parameters.get("redirect_uri").or(client.redirect_uris.first().map(String::as_str));
    match wanted.and_then(|wanted| client.callback(wanted)) {
        Some(redirect_uri) => Ok(Callback { redirect_uri: redirect_uri.to_owned(), state }),
        None => Err(Refusal::page(
            "The redirect_uri is not associated with this application",
            "It must equal a registered callback letter by letter.",
        )),
    }
}

/// The App's own page has nothing but the way to install it.
pub(super) async fn app_page(Path(slug): Path<String>) -> Response {
    let escaped: String = url::form_urlencoded::byte_serialize(slug.as_bytes()).collect();
    found(&format!("/github/apps/{escaped}/installations/new"))
}

/// `redirect_uri` is ignored here, as at GitHub: the first registered callback is used.
pub(super) async fn install(
    State(app): State<App>,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let registered = &app.config.github;
    let known = registered.app.as_ref().is_some_and(|it| it.slug == slug);
    let (true, Some(first)) = (known, registered.redirect_uris.first()) else {
        let sentence = "No app with this name and a callback is registered here.";
        return refusal(StatusCode::NOT_FOUND, "Unknown app", sentence);
    };
    let asked = consent::parameters(query.as_deref()).and_then(|parameters| {
        let (account, decided) = consent::shortcuts(&app, Vendor::Github, &parameters)?;
        let state = parameters.get("state").map(str::to_owned);
        let callback = Callback { redirect_uri: first.clone(), state };
        let vendor = Vendor::Github;
        Ok((Ask { vendor, purpose: Purpose::Install, client_id: slug, callback, scopes: Vec::new(), account }, decided))
    });
    match asked {
        Ok((ask, decided)) => consent::present(&app, &headers, ask, decided).await,
        Err(refusal) => refusal.into_response(),
    }
}
