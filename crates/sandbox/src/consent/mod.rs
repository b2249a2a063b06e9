//! A person's yes or no. The vendor's own file checks a request and says what is asked ([`Ask`]); from there on all
//! vendors go the same way: the page, or a setting that stands in for it, then the redirect.

mod desk;
mod redirect;
mod refusal;
mod view;

pub(crate) use desk::Desk;
pub(crate) use redirect::{Callback, found};
pub(crate) use refusal::Refusal;

use crate::{
    account::{Account, BadAccount, Vendor},
    app::App,
    github,
    ledger::{Code, Terms},
    page::refusal,
    parameters::Parameters,
    zoho,
};
use axum::{
    Form,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Deserialize;

/// What is asked of the person.
#[derive(Clone)]
pub(crate) struct Ask {
    pub(crate) vendor: Vendor,
    pub(crate) purpose: Purpose,
    /// As the client gave it: an OAuth client id, or the App's slug.
    pub(crate) client_id: String,
    pub(crate) callback: Callback,
    pub(crate) scopes: Vec<String>,
    pub(crate) account: Account,
}

#[derive(Clone)]
pub(crate) enum Purpose {
    /// Access in the person's name.
    Authorize(Terms),
    /// The GitHub App in the person's account.
    Install,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Decision {
    Approve,
    Deny,
}

/// The two parameters that a consent address has here and not at the real vendor: who is signed in (`sandbox_account`),
/// and an answer that stands in for the page (`sandbox_consent`).
pub(crate) fn shortcuts(
    app: &App,
    vendor: Vendor,
    parameters: &Parameters,
) -> Result<(Account, Option<Decision>), Refusal> {
    let decision = match parameters.get("sandbox_consent") {
        None => None,
        Some("approve") => Some(Decision::Approve),
        Some("deny") => Some(Decision::Deny),
        Some(_) => {
            let sentence = "sandbox_consent is either approve or deny.";
            return Err(Refusal::page("No such answer", sentence));
        }
    };
    let named = parameters.get("sandbox_account").map(account).transpose()?;
    Ok((named.unwrap_or_else(|| app.people.signed_in(vendor)), decision))
}

/// The query of a consent address.
pub(crate) fn parameters(query: Option<&str>) -> Result<Parameters, Refusal> {
    Parameters::parse(query.unwrap_or_default().as_bytes())
        .ok_or_else(|| Refusal::page("A parameter comes twice", "Each parameter may stand in the address once."))
}

/// The account a request names.
fn account(name: &str) -> Result<Account, Refusal> {
    name.parse().map_err(|error: BadAccount| Refusal::page("No such account", &error.to_string()))
}

/// Shows the page, unless the request or a setting has decided already.
pub(crate) async fn present(app: &App, headers: &HeaderMap, ask: Ask, decided: Option<Decision>) -> Response {
    let settings = app.dials.of(ask.vendor).settings.clone();
    let decision = match decided {
        Some(decision) => Some(decision),
        None if settings.deny => Some(Decision::Deny),
        None if settings.auto_consent => Some(Decision::Approve),
        None => None,
    };
    match decision {
        Some(Decision::Approve) => approve(app, &ask).await,
        Some(Decision::Deny) => deny(&ask),
        None => {
            let (ticket, cookie) = app.desk.open(&ask, headers, app.wall.now());
            view::consent(&ask, &ticket, &cookie)
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct Answer {
    ticket: String,
    decision: Decision,
    account: String,
}

/// The buttons. A ticket is good once, for ten minutes, in the browser that was shown the page.
pub(crate) async fn answer(State(app): State<App>, headers: HeaderMap, Form(answer): Form<Answer>) -> Response {
    let Some(mut ask) = app.desk.take(&answer.ticket, &headers, app.wall.now()) else {
        let sentence = "It was answered already, is older than ten minutes, or was shown in another browser. \
                        Go back to the app and start again.";
        return refusal(StatusCode::FORBIDDEN, "This page is no longer valid", sentence);
    };
    match account(answer.account.trim()) {
        Ok(account) => ask.account = account,
        Err(refusal) => return refusal.into_response(),
    }
    match answer.decision {
        Decision::Approve => approve(&app, &ask).await,
        Decision::Deny => deny(&ask),
    }
}

async fn approve(app: &App, ask: &Ask) -> Response {
    let (mut terms, client_id) = match &ask.purpose {
        Purpose::Authorize(terms) => (terms.clone(), ask.client_id.clone()),
        // What an installation brings back is exchanged like the code of an authorization with a refresh token.
        Purpose::Install => (Terms { offline: true, ..Terms::default() }, app.config.github.client_id.clone()),
    };
    let (now, lasts) = (app.now(), app.code_ttl(ask.vendor));
    let code = app.store.change(|ledger| {
        let book = ledger.book(ask.vendor);
        let agreed = book.consents.agree(&ask.account, &client_id, &ask.scopes, terms.offline);
        terms.offline &= agreed.first_offline || !terms.first_only;
        let scopes = if terms.incremental { agreed.scopes } else { ask.scopes.clone() };
        let (account, redirect_uri) = (ask.account.clone(), ask.callback.redirect_uri.clone());
        book.add_code(Code { account, scopes, redirect_uri, client_id, terms, expires_at: now + lasts }, now)
    });
    let mut parameters = vec![("code", code)];
    match (&ask.purpose, ask.vendor) {
        (Purpose::Install, _) => parameters.extend(github::install(app, &ask.account).await),
        (_, Vendor::Zoho) => parameters.extend(zoho::whereabouts(app, &ask.account)),
        _ => {}
    }
    ask.callback.go(&parameters)
}

fn deny(ask: &Ask) -> Response {
    let description = format!("The user has denied your application access at {}.", ask.vendor.name());
    ask.callback.fail("access_denied", &description)
}
