//! The consent page.

use super::{Ask, Purpose};
use crate::page::page;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use maud::{Markup, html};
use url::Url;

pub(super) fn consent(ask: &Ask, ticket: &str, cookie: &str) -> Response {
    let vendor = ask.vendor.name();
    let (title, yes) = match ask.purpose {
        Purpose::Authorize(_) => (format!("Connectors asks for access to your {vendor} account"), "Approve"),
        Purpose::Install => (format!("Install the Connectors app at {vendor}"), "Install"),
    };
    let content = html! {
        h1 { (title) }
        dl {
            dt { "Client" } dd { code { (ask.client_id) } }
            dt { "Asks for" } dd { (scopes(&asked(ask))) }
            dt { "Returns to" } dd { code { (host(&ask.callback.redirect_uri)) } }
        }
        form method="post" {
            input type="hidden" name="ticket" value=(ticket);
            label for="account" { "Continue as" }
            input #account name="account" value=(ask.account) maxlength="39" pattern="[a-z0-9]([a-z0-9\\-]*[a-z0-9])?"
                autocomplete="off" spellcheck="false" required;
            p.soft { "Every name is one person with ids of its own." }
            div.row {
                button.go name="decision" value="approve" { (yes) }
                button name="decision" value="deny" { "Deny" }
            }
        }
    };
    let mut response = page(StatusCode::OK, &title, false, &content);
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// Of the vendor with two tokens, the scopes of both.
fn asked(ask: &Ask) -> Vec<String> {
    let Purpose::Authorize(terms) = &ask.purpose else { return ask.scopes.clone() };
    ask.scopes.iter().chain(&terms.user_scopes).cloned().collect()
}

fn scopes(scopes: &[String]) -> Markup {
    html! {
        @if scopes.is_empty() { "the permissions of the app" }
        @else { ul { @for scope in scopes { li { code { (scope) } } } } }
    }
}

/// Where the browser will go, as far as it says who is asking: scheme, host and port.
fn host(redirect_uri: &str) -> String {
    Url::parse(redirect_uri).map_or_else(|_| redirect_uri.to_owned(), |url| url.origin().ascii_serialization())
}
