//! A signed-in person gets a JWT for the connectors service.

use crate::{app::App, problem::Internal, wire};
use identity::Claims;
use kernel::UserId;
use moka::sync::Cache;
use serde::Serialize;
use std::{sync::Arc, time::Duration};

/// How long a JWT holds, in seconds. It cannot be taken back, so it is short.
pub const LIFETIME_S: i64 = 15 * 60;
/// So long whoever asks again gets the same one, in seconds: pages ask with every view, and a signature costs more than all else here.
const SAME_S: u32 = 30;
/// People whose JWT is remembered, at about a kilobyte each.
const REMEMBERED: u64 = 4096;

/// Better Auth's default payload: the checked claims and every field of the person.
#[derive(Serialize)]
struct Payload {
    #[serde(flatten)]
    claims: Claims,
    #[serde(flatten)]
    user: wire::User,
}

/// What was issued a moment ago.
pub struct Issued(Cache<UserId, Arc<Jwt>>);

struct Jwt {
    user: wire::User,
    kid: String,
    issued_at: i64,
    text: String,
}

impl Default for Issued {
    fn default() -> Self {
        let age = Duration::from_secs(SAME_S.into());
        Self(Cache::builder().max_capacity(REMEMBERED).time_to_live(age).build())
    }
}

pub async fn issue(app: &App, id: UserId, user: wire::User) -> Result<String, Internal> {
    let (now, signer) = (app.clock.now().timestamp(), app.keys.signer().await?);
    // Of the same person as they are now, and by the key that signs now.
    let is_same = |jwt: &Arc<Jwt>| {
        (now - i64::from(SAME_S)..=now).contains(&jwt.issued_at) && jwt.kid == signer.kid() && jwt.user == user
    };
    if let Some(jwt) = app.issued.0.get(&id).filter(is_same) {
        return Ok(jwt.text.clone());
    }
    let claims = Claims {
        sub: id,
        iss: app.issuer.clone(),
        aud: app.audience.as_str().into(),
        exp: now + LIFETIME_S,
        nbf: None,
        iat: Some(now),
    };
    let payload = Payload { claims, user };
    let text = signer.sign(&payload)?;
    let jwt = Jwt { user: payload.user, kid: signer.kid().to_owned(), issued_at: now, text: text.clone() };
    app.issued.0.insert(id, Arc::new(jwt));
    Ok(text)
}
