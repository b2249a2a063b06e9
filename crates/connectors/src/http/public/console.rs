//! The console: one page at every address of its own, and the files it is made of.

use crate::http::{
    Fails,
    document::Refuses,
    routes::{Alias, Routes},
};
use axum::{
    extract::Path,
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};
use edge::Problem;
use http::{
    HeaderMap, StatusCode,
    header::{
        ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
        REFERRER_POLICY, X_FRAME_OPTIONS,
    },
};
use std::sync::Arc;
use tower_http::compression::{CompressionLayer, DefaultPredicate, Predicate, predicate::NotForContentType};
use utoipa_axum::{router::UtoipaMethodRouter, routes};

/// Scripts and styles come from our own files only, text never becomes markup, and nobody frames the page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
                      require-trusted-types-for 'script'; trusted-types 'none'";
/// Asked for each time, and answered with nothing if it has not changed.
const ASK_AGAIN: &str = "no-cache";
/// Pages of other products have it within this time of a new version, and do not wait for it each time.
const FIVE_MINUTES: &str = "public, max-age=300";
/// An address with the right version never means anything else.
const FOR_GOOD: &str = "public, max-age=31536000, immutable";

const HOME: Alias = Alias { of: "/", path: "/console", operation: "openConsole" };

pub fn routes() -> Routes {
    Routes::new()
        .unguarded(compressed(routes!(front)))
        .alias(&HOME, None, get(front).layer(compression()))
        .unguarded(compressed(routes!(page)))
        .unguarded(compressed(routes!(widget)))
        .unguarded(compressed(routes!(file)))
        .documented("/console/{*path}", "/console/{path}")
        .documented("/console/assets/{version}/{*path}", "/console/assets/{version}/{path}")
}

/// A problem is finished on its way out, when its request is known: it travels as it is.
fn compression() -> CompressionLayer<impl Predicate> {
    CompressionLayer::new()
        .compress_when(DefaultPredicate::new().and(NotForContentType::const_new("application/problem+json")))
}

fn compressed((schemas, paths, methods): UtoipaMethodRouter<Arc<crate::App>>) -> UtoipaMethodRouter<Arc<crate::App>> {
    let methods: MethodRouter<_> = methods.layer(compression());
    (schemas, paths, methods)
}

/// Opens the console.
///
/// The page for people: it signs them in and shows their connections.
#[utoipa::path(
    get, path = "/", operation_id = "getConsole",
    responses(
        (status = 200, description = "The page.", body = String, content_type = "text/html"),
        (status = 304, description = "What the browser has is still the page."),
    )
)]
pub async fn front(headers: HeaderMap) -> Response {
    shell(&headers)
}

/// Opens a page of the console.
///
/// The same page: which part of it is shown is decided in the browser, by the address.
#[utoipa::path(
    get, path = "/console/{*path}", operation_id = "getConsolePage",
    params(("path" = String, Path, description = "The part of the console.", example = "connections")),
    responses(
        (status = 200, description = "The page.", body = String, content_type = "text/html"),
        (status = 304, description = "What the browser has is still the page."),
    )
)]
pub async fn page(headers: HeaderMap) -> Response {
    shell(&headers)
}

fn shell(asked: &HeaderMap) -> Response {
    let version = console::version();
    // Weak: compressed or not, it is the same page.
    let tag = format!("W/\"{version}\"");
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
        (CONTENT_SECURITY_POLICY, POLICY.to_owned()),
        (X_FRAME_OPTIONS, "DENY".to_owned()),
        // What a link code or a mailed link puts into the address is nobody else's business.
        (REFERRER_POLICY, "no-referrer".to_owned()),
        (CACHE_CONTROL, ASK_AGAIN.to_owned()),
        (ETAG, tag.clone()),
    ];
    if asked.get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, console::shell(&version)).into_response()
}

/// What the console is made of.
///
/// A script, a style or a picture. While two versions run side by side, either answers for the other, and then nobody keeps it.
#[utoipa::path(
    get, path = "/console/assets/{version}/{*path}", operation_id = "getConsoleFile",
    params(
        ("version" = String, Path, description = "As the page names it.", example = "0123456789abcdef"),
        ("path" = String, Path, description = "The path of a file.", example = "main.js"),
    ),
    responses(
        (status = 200, description = "The file.", body = String, content_type = "*/*"),
        Refuses<NoSuchAsset>,
    )
)]
pub async fn file(Path((version, path)): Path<(String, String)>) -> Response {
    let Some(asset) = console::find(&path) else { return no_such_asset().into_response() };
    let kept = if version == console::version() { FOR_GOOD } else { ASK_AGAIN };
    ([(CONTENT_TYPE, asset.content_type), (CACHE_CONTROL, kept)], asset.bytes.into_owned()).into_response()
}

/// The button that other products embed.
///
/// A module that defines `<connectors-connect>`, for pages of any origin, at an address that stays; docs/frontend.md says how it is used.
#[utoipa::path(
    get, path = "/console/widget.js", operation_id = "getWidget",
    responses(
        (
            status = 200, description = "The module.", body = String, content_type = "text/javascript",
            headers(("Access-Control-Allow-Origin" = String, description = "Whoever asks."))
        ),
        Refuses<NoSuchAsset>,
    )
)]
pub async fn widget() -> Response {
    let Some(asset) = console::find("widget.js") else { return no_such_asset().into_response() };
    // A script that nobody's credentials are needed for: without this only the frontends of CORS_ORIGINS could load it.
    let headers =
        [(CONTENT_TYPE, asset.content_type), (CACHE_CONTROL, FIVE_MINUTES), (ACCESS_CONTROL_ALLOW_ORIGIN, "*")];
    (headers, asset.bytes.into_owned()).into_response()
}

/// Of the console.
pub struct NoSuchAsset;

impl Fails for NoSuchAsset {
    fn problems() -> Vec<Problem> {
        vec![no_such_asset()]
    }
}

fn no_such_asset() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "NOT_FOUND", "No such route").detail("The console has no file of this name.")
}
