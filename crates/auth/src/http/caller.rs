//! What handlers ask for in their arguments: the caller's session, or where the call comes from.

use crate::{
    app::App,
    flows::session::{Current, Origin, Presented, Renewal, current},
    http::answer::Answer,
    problem::Problem,
};
use axum::extract::FromRequestParts;
use edge::Peer;
use http::{HeaderMap, header, request::Parts};
use std::{convert::Infallible, net::IpAddr, sync::Arc};

/// Longer user agents are cut: the column is for people to recognise their browser by.
const MAX_USER_AGENT: usize = 512;

/// A live session, or 401. A browser whose session has ended is told to forget it.
pub struct SignedIn(pub Box<Current>);

impl FromRequestParts<Arc<App>> for SignedIn {
    type Rejection = (HeaderMap, Problem);

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Self::Rejection> {
        let mut answer = Answer::default();
        match current(app, &parts.headers, Renewal::Allowed).await {
            Ok(Presented::SignedIn(current)) => return Ok(Self(current)),
            Ok(Presented::Nothing) => {}
            Ok(Presented::Ended) => answer.sign_out(app),
            Err(error) => return Err((HeaderMap::new(), error.into())),
        }
        Err((answer.finish(), Problem::Unauthorized))
    }
}

impl FromRequestParts<Arc<App>> for Origin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        let user_agent = parts.headers.get(header::USER_AGENT).map_or("", |value| value.to_str().unwrap_or(""));
        let ip_address = parts.extensions.get::<Peer>().and_then(|peer| told_address(app, &parts.headers, *peer));
        Ok(Self {
            ip_address: ip_address.map(|address| address.to_string()).unwrap_or_default(),
            user_agent: user_agent.chars().take(MAX_USER_AGENT).collect(),
        })
    }
}

/// The address that a trusted proxy told us. Without one, what we see may be a proxy nobody has told us about.
fn told_address(app: &App, headers: &HeaderMap, peer: Peer) -> Option<IpAddr> {
    let client = app.proxies.client(headers, peer);
    (client != peer.0.to_canonical()).then_some(client)
}
