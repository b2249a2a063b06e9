//! The few pages a person sees when no frontend has asked to have them back. Self-contained, unframeable, escaped by maud.

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use kernel::Connection;
use maud::{DOCTYPE, Markup, html};

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:15vh auto;padding:0 1rem;color:#1b1f24}\
                     code{background:#eef1f4;padding:.2rem .4rem;border-radius:4px;word-break:break-all}\
                     @media(prefers-color-scheme:dark){body{background:#15181c;color:#e6e8eb}code{background:#2a2f36}}";

fn page(title: &str, body: &Markup) -> Response {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                title { (title) }
                style { (maud::PreEscaped(STYLE)) }
            }
            body { h1 { (title) } (body) }
        }
    };
    let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";
    let headers = [(CONTENT_SECURITY_POLICY, policy), (REFERRER_POLICY, "no-referrer"), (CACHE_CONTROL, "no-store")];
    (headers, page).into_response()
}

pub fn connected(connection: &Connection) -> Response {
    page(
        "Connected",
        &html! {
            p { (connection.display_name) " is connected. You can close this page." }
        },
    )
}

pub fn pending(provider: &str, account: &str, link_code: &str) -> Response {
    page(
        "Almost connected",
        &html! {
            p { (account) " has agreed. Sign in within ten minutes and link it, in this browser, with this code:" }
            p { code { (link_code) } }
            p { "POST /oauth/" (provider) "/link" }
        },
    )
}

pub fn denied(error: &str) -> Response {
    page(
        "Not connected",
        &html! {
            p { "The provider or you declined (" (error) "). Nothing was stored. You can close this page and start again." }
        },
    )
}

/// After something that was done at the vendor and belongs to no flow of ours.
pub fn back_to_the_app() -> Response {
    page(
        "Go back to the app to finish",
        &html! {
            p { "The provider has told us what you did there. Nothing is connected by that alone: finish in the app that you use." }
            p { "If an owner of the organisation has to agree first, finish after they have." }
        },
    )
}
