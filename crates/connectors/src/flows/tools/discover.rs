//! What there is for a person: the tools of this service, and those of the MCP server of each of their connections. A server that
//! cannot be used is one that says why, and keeps nobody from the others.

use super::{
    OWN,
    allow::{self, AllowError},
    builtin::BuiltIn,
    servers::{self, Shut},
};
use crate::{
    App,
    http::{Caller, Who},
};
use agent::{Names, Opened, Toolbox};
use db::connections::{self, Filter};
use futures_util::{StreamExt, stream};
use kernel::{Connection, PageSize, Status, UserId};
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, timeout_at};

/// Servers that are opened at the same time for one person.
const AT_ONCE: usize = 16;
/// What all of it may take: less than a request may. Who has not answered by then is left out.
const PATIENCE: Duration = Duration::from_secs(20);
/// Connections that are looked at, the newest first. Nobody reads the tools of more.
const MOST: i64 = 100;

/// Where tools are, or would be.
pub struct Place {
    /// `None`: this service.
    pub connection: Option<Connection>,
    pub opened: Result<Opened, Shut>,
}

impl Place {
    /// What names it in a person's list.
    pub fn id(&self) -> String {
        self.connection.as_ref().map_or_else(|| OWN.to_owned(), |connection| connection.id.to_string())
    }
}

/// All that was found, open. Whatever becomes of it, each session takes its leave when it is let go.
pub struct Found {
    pub places: Vec<Place>,
}

impl Found {
    /// The sources that could be opened, for a toolbox.
    pub fn opened(self) -> Vec<Opened> {
        self.places.into_iter().filter_map(|place| place.opened.ok()).collect()
    }

    /// Takes leave of all of them, each within its time.
    pub async fn close(self) {
        futures_util::future::join_all(self.opened().into_iter().map(|opened| opened.source.close())).await;
    }
}

/// Opens what there is for this person, in their own tenant.
pub async fn discover(app: &Arc<App>, user: UserId) -> Result<Found, db::Error> {
    let connections = with_servers(app, user).await?;
    Ok(opened(app, user, connections).await)
}

/// The tools that this person has allowed, and why some of their sources could not be opened. No other source is asked anything.
/// Close the box, or let it go.
pub async fn toolbox(app: &Arc<App>, user: UserId) -> Result<(Toolbox, Vec<Place>), AllowError> {
    boxed(app, user, None).await
}

/// The same with the source of one tool only: for who knows the name of what they want.
pub async fn toolbox_with(app: &Arc<App>, user: UserId, name: &str) -> Result<(Toolbox, Vec<Place>), AllowError> {
    boxed(app, user, Some(name)).await
}

async fn boxed(app: &Arc<App>, user: UserId, only: Option<&str>) -> Result<(Toolbox, Vec<Place>), AllowError> {
    let allowed = allow::allowed(app, user).await?;
    let mut connections = with_servers(app, user).await?;
    let names = Names::of(&allowed, |source| match connections.iter().find(|it| it.id.to_string() == source) {
        Some(connection) => Some(connection.provider.clone()),
        None => (source == OWN).then(|| OWN.to_owned()),
    });
    let only = only.map(|name| names.source(name).unwrap_or_default());
    let is_wanted =
        |source: &str| only.is_none_or(|only| only == source) && allowed.iter().any(|entry| entry.source == source);
    connections.retain(|connection| is_wanted(&connection.id.to_string()));
    let found = opened(app, user, connections).await;
    let (open, shut): (Vec<Place>, Vec<Place>) = found.places.into_iter().partition(|place| place.opened.is_ok());
    Ok((Toolbox::new(Found { places: open }.opened(), &allowed, &names), shut))
}

async fn opened(app: &Arc<App>, user: UserId, connections: Vec<Connection>) -> Found {
    let deadline = Instant::now() + PATIENCE;
    let caller = Caller { tenant: user.personal_tenant(), who: Who::Member(user), until: None };
    let opening = connections.into_iter().map(async |connection| {
        let opened = match shut(&connection.status) {
            Some(shut) => Err(shut),
            None => timeout_at(deadline, servers::open(app, connection.clone())).await.unwrap_or(Err(Shut::Silent)),
        };
        Place { connection: Some(connection), opened }
    });
    let own = Opened { id: OWN.to_owned(), secrets: Vec::new(), source: Box::new(BuiltIn::new(app, caller)) };
    let mut places = vec![Place { connection: None, opened: Ok(own) }];
    places.extend(stream::iter(opening).buffered(AT_ONCE).collect::<Vec<Place>>().await);
    Found { places }
}

/// The person's connections at providers that have an MCP server.
async fn with_servers(app: &App, user: UserId) -> Result<Vec<Connection>, db::Error> {
    let slugs: Vec<String> = app.providers.get().with_mcp_server().cloned().collect();
    if slugs.is_empty() {
        return Ok(Vec::new());
    }
    let filter = Filter { providers: Some(slugs), seen_by: Some(user), ..Filter::default() };
    let most = PageSize::new(MOST).unwrap_or(PageSize::DEFAULT);
    Ok(connections::page(&app.pool, user.personal_tenant(), &filter, None, most).await?.items)
}

/// Why a connection in this state has no token to give.
fn shut(status: &Status) -> Option<Shut> {
    match status {
        Status::Active | Status::Degraded { .. } => None,
        Status::NeedsReauth { .. } | Status::Revoked => Some(Shut::NeedsReauth),
        Status::Suspended => Some(Shut::Suspended),
    }
}
