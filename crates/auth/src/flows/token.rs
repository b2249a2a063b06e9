//! A signed-in person gets a JWT for the connectors service.

use crate::{app::App, problem::Internal, wire};
use identity::Claims;
use kernel::UserId;
use serde::Serialize;

/// How long a JWT holds, in seconds. It cannot be taken back, so it is short.
pub const LIFETIME_S: i64 = 15 * 60;

/// Better Auth's default payload: the checked claims and every field of the person.
#[derive(Serialize)]
struct Payload {
    #[serde(flatten)]
    claims: Claims,
    #[serde(flatten)]
    user: wire::User,
}

pub async fn issue(app: &App, id: UserId, user: wire::User) -> Result<String, Internal> {
    let now = app.clock.now().timestamp();
    let claims = Claims {
        sub: id,
        iss: app.issuer.clone(),
        aud: app.audience.as_str().into(),
        exp: now + LIFETIME_S,
        nbf: None,
        iat: Some(now),
    };
    Ok(app.keys.signer().await?.sign(&Payload { claims, user })?)
}
