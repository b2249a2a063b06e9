//! The pages that a person sees on the way. They run no script, load nothing, cannot be framed, and tell no other site where
//! the person was. Everything that comes from a client is text.

use crate::{
    app::App,
    flows::{
        oauth2::{
            authorize::{Asked, NoTarget, Target},
            client::NoClient,
            document::NoDocument,
        },
        session::SignedIn,
    },
    oauth2::{FetchError, Parameters, Place, Scope, place, source},
    problem::Problem,
};
use axum::response::{IntoResponse, Response};
use db::auth::oauth_clients::{Client, Kind};
use http::{
    StatusCode,
    header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, LOCATION, REFERRER_POLICY, X_FRAME_OPTIONS},
};
use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:10vh auto;padding:0 1rem;color:#1b1f24}\
                     h1{font-size:1.4rem}code{background:#eef1f4;padding:.1rem .3rem;border-radius:4px;word-break:break-all}\
                     label{display:block;margin:.8rem 0 .2rem}input{font:inherit;width:100%;padding:.4rem;box-sizing:border-box}\
                     button{font:inherit;padding:.5rem 1.2rem;margin:1rem .5rem 0 0}.warn{border-left:4px solid #b45309;padding-left:.8rem}\
                     @media(prefers-color-scheme:dark){body{background:#15181c;color:#e6e8eb}code{background:#2a2f36}a{color:#8ab4f8}}";

/// `targets`: where forms of the page may lead, redirects included.
fn page(title: &str, targets: &[String], body: &Markup) -> Response {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { h1 { (title) } (body) }
        }
    };
    let forms = if targets.is_empty() { "'none'".to_owned() } else { format!("'self' {}", targets.join(" ")) };
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; form-action {forms}; frame-ancestors 'none'; base-uri 'none'"
    );
    let mut response = (closed(), page).into_response();
    if let Ok(policy) = policy.parse() {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// What every answer here says, pages and redirects alike.
const fn closed() -> [(http::HeaderName, &'static str); 4] {
    [
        // For a page that sets no narrower one.
        (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
    ]
}

/// The browser goes on. A redirect URI is ASCII, and parameters are encoded, so nothing in it ends the header.
pub fn sent(status: StatusCode, url: &str) -> Response {
    (status, closed(), [(LOCATION, url)]).into_response()
}

/// Who asks, by the name it gives itself.
fn named(client: &Client) -> &str {
    if client.name.is_empty() { "An application without a name" } else { &client.name }
}

/// Signing in, to go on with the request. `trouble`: what was wrong with the last attempt.
pub fn sign_in(app: &App, request: &Parameters, target: &Target, trouble: Option<&str>) -> Response {
    let request = request.text();
    let providers: Vec<_> = app.social.all().collect();
    let mut targets = vec![source(&target.redirect_uri)];
    targets.extend(providers.iter().map(|one| one.endpoints.authorize.origin().ascii_serialization()));
    page(
        "Sign in",
        &targets,
        &html! {
            p { strong { (named(&target.client)) } " asks to act for you. Sign in to see what it asks for." }
            @if let Some(trouble) = trouble { p.warn role="alert" { (trouble) } }
            @if app.policy.email_password.is_on() {
                form method="post" action="/oauth2/sign-in" {
                    input type="hidden" name="request" value=(request);
                    label for="email" { "E-mail" }
                    input #email name="email" type="email" autocomplete="username" required;
                    label for="password" { "Password" }
                    input #password name="password" type="password" autocomplete="current-password" required;
                    button { "Sign in" }
                }
            }
            @for provider in providers {
                form method="post" action="/oauth2/sign-in" {
                    input type="hidden" name="request" value=(request);
                    button name="provider" value=(provider.sign_in.id) { "Sign in with " (provider.sign_in.name) }
                }
            }
        },
    )
}

/// The question.
pub fn consent(app: &App, request: &Parameters, target: &Target, asked: &Asked, caller: &SignedIn) -> Response {
    let client = &target.client;
    let place = place(&target.redirect_uri);
    let seal = app.oauth2.forms.seal(caller.session.id, &request.text());
    let another = format!("/oauth2/authorize?{}", request.with("prompt", "login consent").text());
    let offline = asked.scopes.contains(&Scope::Offline);
    page(
        &format!("Allow {}?", named(client)),
        &[source(&target.redirect_uri)],
        &html! {
            p { "You are signed in as " strong { (caller.user.email) } ". " a href=(another) { "Not you?" } }
            p { strong { (named(client)) } " asks to do this at " code { (asked.resource) } ":" }
            ul {
                @for scope in &asked.scopes { li { (scope.words()) } }
                // It is given refresh tokens whether or not it calls them by their scope.
                @if client.refreshes && !offline { li { (Scope::Offline.words()) } }
            }
            p {
                "The answer goes to "
                @match &place {
                    Place::Site(host) => strong { (host) },
                    Place::ThisMachine(host) => { "a program on this computer (" strong { (host) } ")" },
                    Place::App(scheme) => { "an app on this device that opens " strong { (scheme) ":" } " links" },
                }
                "."
            }
            @match (client.kind, &place) {
                (Kind::Document, Place::Site(_)) => p { "It is described at " code { (client.id) } "." },
                (Kind::Registered, Place::Site(_)) => {
                    p.warn { "It chose its name itself, and nobody has checked it. Allow it only if you know this site." }
                },
                (_, Place::ThisMachine(_) | Place::App(_)) => {
                    p.warn {
                        "Any program on your device could ask under this name and receive the answer. Allow it only if you \
                         have just started this yourself."
                    }
                },
            }
            form method="post" action="/oauth2/consent" {
                input type="hidden" name="request" value=(request.text());
                input type="hidden" name="seal" value=(seal);
                button name="decision" value="allow" { "Allow" }
                button name="decision" value="deny" { "Deny" }
            }
        },
    )
}

/// A request that cannot be answered where it wants to be answered. Nobody is sent anywhere.
pub fn refused(error: NoTarget) -> Result<Response, Problem> {
    let (status, words) = match error {
        NoTarget::ClientNotNamed => (StatusCode::BAD_REQUEST, "The link does not say which application it is from."),
        NoTarget::RedirectUri => {
            (StatusCode::BAD_REQUEST, "The link leads back to a place that the application has not registered.")
        }
        NoTarget::Client(NoClient::Unknown) => {
            (StatusCode::BAD_REQUEST, "The application is not known here. It may have to connect anew.")
        }
        NoTarget::Client(NoClient::Document(error)) => return undescribed(error),
        NoTarget::Client(NoClient::Internal(internal)) => return Err(internal.into()),
    };
    Ok(stopped(status, words))
}

/// The document of a client does not do. What exactly is wrong helps whoever writes it, and is a word about a public document.
fn undescribed(error: NoDocument) -> Result<Response, Problem> {
    let words = match error {
        NoDocument::Internal(internal) => return Err(internal.into()),
        NoDocument::TooMany(problem) => return Err(problem),
        NoDocument::Fetch(FetchError::Busy) => return Err(Problem::Busy),
        NoDocument::Fetch(error @ (FetchError::Outbound(_) | FetchError::Status(_))) => {
            tracing::info!(error = &error as &dyn std::error::Error, "the document of a client was not read");
            "The document that describes the application cannot be read.".to_owned()
        }
        error @ (NoDocument::NotJson | NoDocument::AnotherClient | NoDocument::Secret | NoDocument::Metadata(_)) => {
            format!("The document that describes the application does not do: {error}.")
        }
    };
    Ok(stopped(StatusCode::BAD_REQUEST, &words))
}

pub fn too_long() -> Response {
    stopped(StatusCode::URI_TOO_LONG, "The link is too long.")
}

/// The form was not made by our page for this session.
pub fn not_ours() -> Response {
    stopped(StatusCode::FORBIDDEN, "This form is not from your present session here.")
}

fn stopped(status: StatusCode, words: &str) -> Response {
    let body = html! { p { (words) } p { "Nothing was allowed. Go back to the application and start again." } };
    let mut response = page("This does not work", &[], &body);
    *response.status_mut() = status;
    response
}
