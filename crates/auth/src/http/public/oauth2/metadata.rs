//! `GET /.well-known/oauth-authorization-server` and `GET /.well-known/openid-configuration`, in every form in which clients
//! look for them.

use crate::{
    app::App,
    http::get_only,
    oauth2::Scope,
    problem::{Internal, Problem},
};
use axum::{Json, Router, extract::State};
use db::auth::oauth_clients::AuthMethod;
use identity::Algorithm;
use serde::Serialize;
use std::sync::Arc;
use url::Url;

const OAUTH: &str = "/.well-known/oauth-authorization-server";
const OPENID: &str = "/.well-known/openid-configuration";

/// Both documents at the root; for an issuer with a path also with that path behind them (RFC 8414, 3.1) and before them, which
/// is how OpenID Connect has it.
pub fn router(issuer: &str) -> Router<Arc<App>> {
    let mut router = Router::new().route(OAUTH, get_only(oauth)).route(OPENID, get_only(openid));
    if let Some(path) = path(issuer) {
        router = router
            .route(&format!("{OAUTH}{path}"), get_only(oauth))
            .route(&format!("{OPENID}{path}"), get_only(openid))
            .route(&format!("{path}{OAUTH}"), get_only(oauth))
            .route(&format!("{path}{OPENID}"), get_only(openid));
    }
    router
}

/// The path of an issuer that has one and is a URL, without the slash at its end. The router has its own meaning for braces.
fn path(issuer: &str) -> Option<String> {
    let url = Url::parse(issuer).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let path = url.path().trim_end_matches('/');
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    (!path.is_empty() && path.bytes().all(plain)).then(|| path.to_owned())
}

/// RFC 8414, 2. `issuer` is the configured text, letter by letter: clients compare it with what they looked for.
#[derive(Serialize)]
struct Server {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    registration_endpoint: String,
    revocation_endpoint: String,
    jwks_uri: String,
    scopes_supported: [&'static str; 2],
    response_types_supported: [&'static str; 1],
    response_modes_supported: [&'static str; 1],
    grant_types_supported: [&'static str; 2],
    token_endpoint_auth_methods_supported: [&'static str; 3],
    revocation_endpoint_auth_methods_supported: [&'static str; 3],
    /// Clients refuse a server that does not say this.
    code_challenge_methods_supported: [&'static str; 1],
    prompt_values_supported: [&'static str; 3],
    authorization_response_iss_parameter_supported: bool,
    client_id_metadata_document_supported: bool,
}

impl Server {
    fn of(app: &App) -> Self {
        let at = |name: &str| format!("{}/oauth2/{name}", app.base_url);
        let methods = AuthMethod::ALL.map(AuthMethod::name);
        Self {
            issuer: app.issuer.clone(),
            authorization_endpoint: at("authorize"),
            token_endpoint: at("token"),
            registration_endpoint: at("register"),
            revocation_endpoint: at("revoke"),
            jwks_uri: app.jwks_uri.clone(),
            scopes_supported: Scope::ALL.map(Scope::name),
            response_types_supported: ["code"],
            response_modes_supported: ["query"],
            grant_types_supported: ["authorization_code", "refresh_token"],
            token_endpoint_auth_methods_supported: methods,
            revocation_endpoint_auth_methods_supported: methods,
            code_challenge_methods_supported: ["S256"],
            prompt_values_supported: ["none", "login", "consent"],
            authorization_response_iss_parameter_supported: true,
            client_id_metadata_document_supported: true,
        }
    }
}

/// The same, and what a verifier of our sessions' tokens needs. We hand out no ID tokens and have no userinfo endpoint: who is
/// sent here signs in for a resource of ours, not for a site of somebody else.
#[derive(Serialize)]
struct OpenId {
    #[serde(flatten)]
    server: Server,
    /// Everybody who asks is told the same subject.
    subject_types_supported: [&'static str; 1],
    /// Of every published key, so that a token signed before a change of the algorithm is still announced.
    id_token_signing_alg_values_supported: Vec<Algorithm>,
    claims_supported: [&'static str; 12],
}

async fn oauth(State(app): State<Arc<App>>) -> Json<impl Serialize> {
    Json(Server::of(&app))
}

async fn openid(State(app): State<Arc<App>>) -> Result<Json<impl Serialize>, Problem> {
    let loaded = app.keys.current().await.map_err(Internal::from)?;
    Ok(Json(OpenId {
        server: Server::of(&app),
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: loaded.algorithms(),
        claims_supported: [
            "sub",
            "iss",
            "aud",
            "exp",
            "iat",
            "id",
            "name",
            "email",
            "emailVerified",
            "image",
            "createdAt",
            "updatedAt",
        ],
    }))
}
