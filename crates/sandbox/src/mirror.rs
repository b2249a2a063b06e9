//! What no API does on purpose and some do by accident: repeats what it was sent, answers with every header there is, sends
//! without end, falls silent, breaks off. Below each API's base, for those who call APIs for others.

use crate::{account::Vendor, app::App, dials::Ongoing};
use axum::{
    Extension, Json, Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, OriginalUri, Query, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{any, get},
};
use futures_util::stream;
use serde::Deserialize;
use serde_json::{Value, json};
use std::{collections::BTreeMap, convert::Infallible, io};

/// What an API may be sent here.
const BODY_LIMIT: usize = 64 * 1024 * 1024;
/// One piece of a long answer.
const PIECE: usize = 64 * 1024;

pub(crate) fn routes(vendor: Vendor) -> Router<App> {
    Router::new()
        .route("/echo", any(echo))
        .route("/echo/{*rest}", any(echo))
        .route("/tattle", get(tattle))
        .route("/bytes", get(bytes))
        .route("/redirect", any(redirect))
        .route("/coded", get(coded))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(Extension(vendor))
}

fn all(headers: &HeaderMap) -> BTreeMap<String, Vec<String>> {
    let mut told: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in headers {
        told.entry(name.to_string()).or_default().push(String::from_utf8_lossy(value.as_bytes()).into_owned());
    }
    told
}

/// The request as it arrived. Of the credential only whether there is one.
async fn echo(OriginalUri(uri): OriginalUri, request: Request) -> Result<Json<Value>, StatusCode> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, BODY_LIMIT).await.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
    let mut headers = parts.headers;
    let credentials = headers.remove(header::AUTHORIZATION).is_some();
    Ok(Json(json!({
        "method": parts.method.as_str(), "path": uri.path(), "query": uri.query(), "headers": all(&headers),
        "credentials": credentials, "body_bytes": body.len(),
        "body": String::from_utf8_lossy(&body[..body.len().min(1024)]),
    })))
}

#[derive(Deserialize)]
struct Tattle {
    /// The size of the pieces it comes in.
    piece: usize,
}

/// Like a bad error page: repeats the credential, many times, in pieces; and with every header that should not pass.
async fn tattle(Query(wish): Query<Tattle>, headers: HeaderMap) -> Response {
    let credential = headers.get(header::AUTHORIZATION).cloned().unwrap_or(HeaderValue::from_static(""));
    let text = format!("you sent: {}\n", String::from_utf8_lossy(credential.as_bytes())).repeat(50);
    let pieces: Vec<Bytes> = text.as_bytes().chunks(wish.piece.max(1)).map(Bytes::copy_from_slice).collect();
    let mut response = Response::new(Body::from_stream(stream::iter(pieces.into_iter().map(Ok::<_, Infallible>))));
    let told = response.headers_mut();
    told.insert("x-you-sent", credential);
    for (name, value) in HOSTILE {
        told.append(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

const HOSTILE: &[(&str, &str)] = &[
    ("set-cookie", "session=vendor; Path=/"),
    ("set-cookie", "other=vendor; Path=/"),
    ("alt-svc", "h3=\":443\""),
    ("access-control-allow-origin", "*"),
    ("access-control-allow-credentials", "true"),
    ("strict-transport-security", "max-age=1"),
    ("clear-site-data", "\"*\""),
    ("content-security-policy", "default-src *"),
    ("www-authenticate", "Basic realm=\"vendor\""),
    ("connection", "x-for-the-next-hop"),
    ("x-for-the-next-hop", "1"),
    ("keep-alive", "timeout=5"),
    ("ratelimit", "\"vendor\";r=1;t=1"),
    ("x-request-id", "vendor"),
    ("cache-control", "public, max-age=60"),
    ("content-type", "text/html"),
    ("etag", "\"v1\""),
    ("link", "<https://vendor.example/next>; rel=\"next\""),
    ("x-ratelimit-remaining", "41"),
];

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Then {
    End,
    /// Nothing more comes, and the connection stays.
    Stall,
    /// The connection ends in the middle of what was announced.
    Cut,
}

#[derive(Deserialize)]
struct Wanted {
    count: usize,
    then: Then,
    /// Whether the length is announced.
    #[serde(default)]
    announced: bool,
}

struct Going {
    app: App,
    vendor: Vendor,
    left: usize,
    then: Then,
    _counted: Ongoing,
}

/// As many bytes as are wanted, made as they are taken.
async fn bytes(State(app): State<App>, Extension(vendor): Extension<Vendor>, Query(wish): Query<Wanted>) -> Response {
    let promised = if wish.then == Then::End { wish.count } else { wish.count + PIECE };
    let counted = Ongoing::new(&app.dials.shared(vendor));
    let ongoing = Going { app, vendor, left: wish.count, then: wish.then, _counted: counted };
    let pieces = stream::unfold(ongoing, |mut ongoing| async move {
        if ongoing.left == 0 {
            return match ongoing.then {
                Then::End => None,
                Then::Stall => std::future::pending().await,
                Then::Cut => Some((Err(io::Error::other("the sandbox was asked to break off")), ongoing)),
            };
        }
        let size = ongoing.left.min(PIECE);
        ongoing.left -= size;
        ongoing.app.dials.of(ongoing.vendor).counters.streamed_bytes += size as u64;
        Some((Ok(Bytes::from(vec![b'x'; size])), ongoing))
    });
    let mut response = Response::new(Body::from_stream(pieces));
    if wish.announced {
        response.headers_mut().insert(header::CONTENT_LENGTH, promised.into());
    }
    response
}

#[derive(Deserialize)]
struct Away {
    to: String,
}

async fn redirect(Query(away): Query<Away>) -> Result<Response, StatusCode> {
    let location = HeaderValue::from_str(&away.to).map_err(|_| StatusCode::BAD_REQUEST)?;
    Ok((StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, location)], "elsewhere").into_response())
}

/// In a coding that nobody asked for.
async fn coded() -> Response {
    ([(header::CONTENT_ENCODING, "br")], "not really").into_response()
}
