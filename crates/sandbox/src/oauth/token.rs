//! Codes into tokens, and refresh tokens into new ones: what is checked, and not how a refusal is said.

use super::Client;
use crate::{
    account::Vendor,
    app::App,
    ledger::{Code, Issued, Lifetimes, Refreshing, Reuse, TokenShape, Whose},
    parameters::Parameters,
    pkce,
};
use axum::{
    body::Bytes,
    http::{HeaderMap, header},
};
use chrono::TimeDelta;

/// Why there are no tokens.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// Missing, unknown, used, expired, or another client's.
    Code,
    RedirectUri,
    Verifier,
    RefreshToken,
}

/// Whether the exchange has to repeat the callback.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum RedirectUri {
    Demanded,
    Optional,
}

/// The body as a form with no name in it twice; `None` when it is anything else.
pub(crate) fn form(headers: &HeaderMap, body: &Bytes) -> Option<Parameters> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let is_form = kind.split(';').next().is_some_and(|kind| kind.trim() == "application/x-www-form-urlencoded");
    if is_form { Parameters::parse(body) } else { None }
}

/// Redeems the form's code, which is good once, whatever else is wrong with the request.
pub(crate) fn redeem(
    app: &App,
    (vendor, client): (Vendor, Client<'_>),
    form: &Parameters,
    redirect_uri: RedirectUri,
) -> Result<Code, Why> {
    let now = app.now();
    let text = form.get("code").ok_or(Why::Code)?;
    let code = app.store.change(|ledger| ledger.book(vendor).take_code(text, now));
    let code = code.filter(|code| code.client_id == client.id).ok_or(Why::Code)?;
    let repeated = match form.get("redirect_uri") {
        Some(given) => given == code.redirect_uri,
        None => redirect_uri == RedirectUri::Optional,
    };
    if !repeated {
        return Err(Why::RedirectUri);
    }
    if !pkce::verified(code.terms.challenge.as_deref(), form.get("code_verifier")) {
        return Err(Why::Verifier);
    }
    app.dials.of(vendor).counters.exchanges += 1;
    Ok(code)
}

/// The code's tokens. A refresh token comes along where the code's request asked for it.
pub(crate) fn exchange(
    app: &App,
    (vendor, client): (Vendor, Client<'_>),
    form: &Parameters,
    redirect_uri: RedirectUri,
    shape: TokenShape,
    lives: Lifetimes,
) -> Result<(Issued, Code), Why> {
    let code = redeem(app, (vendor, client), form, redirect_uri)?;
    let refreshing = if code.terms.offline { shape.refreshing } else { Refreshing::Never };
    let shape = TokenShape { refreshing, ..shape };
    let whose = Whose {
        account: code.account.clone(),
        client_id: code.client_id.clone(),
        scopes: code.scopes.clone(),
        actor: code.terms.actor,
    };
    let issued = app.store.change(|ledger| ledger.book(vendor).open(whose, shape, lives, app.now()));
    Ok((issued, code))
}

pub(crate) fn renew(
    app: &App,
    (vendor, client): (Vendor, Client<'_>),
    form: &Parameters,
    shape: TokenShape,
    lives: Lifetimes,
) -> Result<Issued, Why> {
    let now = app.now();
    let text = form.get("refresh_token").ok_or(Why::RefreshToken)?;
    let strict = app.dials.of(vendor).settings.revoke_family_on_reuse;
    let reuse = if strict { Reuse { leeway: TimeDelta::zero(), ends_family: true } } else { shape.reuse };
    let shape = TokenShape { reuse, ..shape };
    let renewed = app.store.change(|ledger| ledger.book(vendor).renew(text, client.id, shape, lives, now));
    let issued = renewed.ok_or(Why::RefreshToken)?;
    app.dials.of(vendor).counters.refreshes += 1;
    Ok(issued)
}
