//! The first page: what this is and where things are.

use crate::{account::Vendor, anthropic, app::App, mcp, page::page};
use axum::{
    Router,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use maud::{Markup, html};

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/", get(index)).route("/avatars/{name}", get(avatar))
}

async fn index(State(app): State<App>) -> Response {
    let install = app.config.github.app.as_ref().map(|it| format!("/github/apps/{}/installations/new", it.slug));
    let sign_in = Vendor::ALL.iter().filter_map(|vendor| Some((vendor, app.config.sign_in.of(*vendor)?)));
    let connect = Vendor::ALL.iter().filter_map(|vendor| Some((vendor, app.config.connect.of(*vendor)?)));
    let (app_url, smtp_url) = (&app.url, &app.smtp_url);
    let content = html! {
        h1 { "Local stand-ins for the vendors" }
        p {
            "Connectors and auth talk to this server as they would to the vendors: real redirects, real signatures, tokens that \
             rotate and expire. Nothing leaves this machine, and whoever asks is signed in."
        }
        h2 { "GitHub" }
        dl {
            dt { "Web" } dd { code { (app.url) "/github" } }
            dt { "REST" } dd { code { (app.url) "/github/api/v3" } }
            dt { "Client" } dd { code { (app.config.github.client_id) } }
            dt { "Callbacks" } dd { (callbacks(&app.config.github.redirect_uris)) }
            @if let Some(install) = install { dt { "App" } dd { a href=(install) { "Install it" } } }
        }
        h2 { "Linear" }
        dl {
            dt { "OAuth" } dd { code { (app.url) "/linear/oauth" } }
            dt { "GraphQL" } dd { code { (app.url) "/linear/graphql" } }
            dt { "Client" } dd { code { (app.config.linear.client_id) } }
            dt { "Callbacks" } dd { (callbacks(&app.config.linear.redirect_uris)) }
        }
        @for (vendor, app) in connect {
            h2 { (vendor.name()) }
            dl {
                dt { "Base" } dd { code { (app_url) "/" (vendor.slug()) } }
                dt { "Client" } dd { code { (app.client_id) } }
                dt { "Callbacks" } dd { (callbacks(&app.redirect_uris)) }
            }
        }
        h2 { "For agents" }
        dl {
            dt { "Model" } dd { code { (app_url) "/anthropic" } " takes the key " code { (anthropic::API_KEY) } }
            @for vendor in Vendor::ALL.iter().filter(|vendor| mcp::is_reached(&app, **vendor)) {
                dt { "MCP, " (vendor.name()) } dd { code { (app_url) "/" (vendor.slug()) "/mcp" } }
            }
        }
        h2 { "Signing in" }
        p.soft { "The apps that auth signs people in with, at every vendor that has one here." }
        @for (vendor, app) in sign_in {
            h3 { (vendor.name()) }
            dl {
                dt { "Base" } dd { code { (app_url) "/" (vendor.slug()) } }
                dt { "Client" } dd { code { (app.client_id) } }
                dt { "Callbacks" } dd { (callbacks(&app.redirect_uris)) }
            }
        }
        @if let Some(url) = &smtp_url {
            h2 { "Mail" }
            p { "What is sent to " code { (url) } " is shown " a href="/_mail" { "in the mailbox" } " and goes nowhere." }
        }
        h2 { "People" }
        p {
            "Every account name is one person, always with the same ids. Choose one on the consent page or with "
            code { "?sandbox_account=NAME" } " on the authorize address; without it you are " code { "sandbox-octo" } ". "
            code { "?sandbox_consent=approve" } " (or " code { "deny" } ") answers without the page."
        }
        h2 { "Control" }
        p.soft { "JSON over HTTP; the crate's README has every field. VENDOR is its name in the addresses above." }
        table {
            @for (verb, path, what) in CONTROLS { tr { td { code { (verb) } } td { code { (path) } } td { (what) } } }
        }
        p { a href="/_control/state" { "See the counters" } }
    };
    page(StatusCode::OK, "Connectors sandbox", true, &content)
}

fn callbacks(addresses: &[String]) -> Markup {
    html! { @if addresses.is_empty() { "none registered" } @for each in addresses { div { code { (each) } } } }
}

const CONTROLS: [(&str, &str, &str); 19] = [
    ("GET", "/_control/state", "counters"),
    ("POST", "/_control/clock", "moves the clock: {\"advance_seconds\": 28801}"),
    ("POST", "/_control/VENDOR/settings", "token and code lifetimes, consent without the page"),
    ("POST", "/_control/VENDOR/faults", "the next requests fail: {\"on\": \"token\", \"kind\": \"status_500\"}"),
    ("DELETE", "/_control/VENDOR/faults", "no more faults"),
    ("POST", "/_control/VENDOR/release", "what the fault hold keeps back is answered"),
    ("PUT", "/_control/generic/NAME", "a vendor described by JSON"),
    ("POST", "/_control/VENDOR/person", "who is signed in at the vendor: {\"id\": \"1\", \"email\": null}"),
    ("POST", "/_control/VENDOR/id_tokens", "the next id token is wrong: {\"flaw\": \"expired\"}"),
    ("POST", "/_control/VENDOR/webhooks", "signs an event and delivers it"),
    ("POST", "/_control/slack/webhook", "sends what Slack sends: {\"payload\": {\"type\": \"message\"}}"),
    ("GET", "/_control/VENDOR/hooks", "the hooks that apps registered; DELETE …/hooks/ID loses one"),
    ("POST", "/_control/VENDOR/hooks/ID/deliver", "signs an event with the hook's secret and sends it there"),
    ("POST", "/_control/VENDOR/revoke", "a person removes the app"),
    ("POST", "/_control/github/installations", "creates, deletes, suspends an installation"),
    ("POST", "/_control/anthropic/script", "what the model answers next: {\"answers\": [{\"flaw\": \"refusal\"}]}"),
    ("POST", "/_control/VENDOR/mcp", "what the MCP server is like: {\"page_size\": 2}"),
    ("GET", "/_control/mail", "the mails; ?unseen=true waits for the next one"),
    ("POST", "/_control/mail/faults", "the next mails are refused: {\"kind\": \"temporary\"}"),
];

/// A plain circle whose colour comes from the name, so that the avatars in the vendors' answers exist.
async fn avatar(Path(name): Path<String>) -> Response {
    let [hue, ..] = kernel::sha256(name);
    let picture = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'><circle cx='4' cy='4' r='4' fill='hsl({} 60% 55%)'/></svg>",
        u16::from(hue) * 360 / 256
    );
    ([(header::CONTENT_TYPE, "image/svg+xml")], picture).into_response()
}
