//! What handlers ask for in their arguments: the caller's session, or where the call comes from.

use crate::{
    app::App,
    flows::session::{Origin, Presented, Renewal, Renewed, SignedIn, current},
    http::{
        answer::Answer,
        body::{Shape, checked},
    },
    problem::Problem,
};
use axum::extract::{FromRequest, FromRequestParts, Request};
use edge::Peer;
use http::{Extensions, HeaderMap, header, request::Parts};
use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};

/// Longer user agents are cut: the column is for people to recognise their browser by.
const MAX_USER_AGENT: usize = 512;

/// A live session, or 401. A browser whose session has ended is told to forget it.
pub struct Caller(pub Box<SignedIn>);

/// The same, for a route that also answers strangers.
pub struct MaybeCaller(pub Option<Box<SignedIn>>);

/// A live session and a body that has passed every check. The body comes first: a stranger's bad body is told so.
pub struct Member<T> {
    pub caller: Box<SignedIn>,
    pub form: T,
}

/// The same, for a route that also answers strangers.
pub struct Visitor<T> {
    pub caller: Option<Box<SignedIn>>,
    pub form: T,
}

/// Under what a client is counted: its address.
pub struct Address(pub String);

impl FromRequestParts<Arc<App>> for Address {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        Ok(Self(app.proxies.limit_key(&parts.headers, peer(&parts.extensions))))
    }
}

/// The other end of the connection; a router that is called without one has only this machine as its caller.
pub fn peer(extensions: &Extensions) -> Peer {
    extensions.get::<Peer>().copied().unwrap_or(Peer(Ipv4Addr::LOCALHOST.into()))
}

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        caller(parts, app).await?.map(Self).ok_or(Problem::Unauthorized)
    }
}

impl FromRequestParts<Arc<App>> for MaybeCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        caller(parts, app).await.map(Self)
    }
}

impl<T: Shape> FromRequest<Arc<App>> for Member<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let form = checked(&parts, body, app).await?;
        let caller = caller(&parts, app).await?.ok_or(Problem::Unauthorized)?;
        Ok(Self { caller, form })
    }
}

impl<T: Shape> FromRequest<Arc<App>> for Visitor<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let form = checked(&parts, body, app).await?;
        Ok(Self { caller: caller(&parts, app).await?, form })
    }
}

/// Who presents a live session. If it was renewed on the way, the answer says so, whatever else it says.
async fn caller(parts: &Parts, app: &App) -> Result<Option<Box<SignedIn>>, Problem> {
    let answer = Answer::of(parts);
    Ok(match current(app, &parts.headers, Renewal::Allowed).await? {
        Presented::Live(signed_in, renewed) => {
            if renewed == Renewed::Now {
                answer.sign_in(app, &signed_in);
            }
            Some(signed_in)
        }
        Presented::Nothing => None,
        Presented::Ended => {
            answer.sign_out(app);
            None
        }
    })
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
