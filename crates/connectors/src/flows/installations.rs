//! Connections seen through the organisation: an app that was installed, a workspace, a site. One connection may stand for
//! several of them, where one grant opens several places.

use super::{
    disconnect::{self, AtProvider},
    vend::VendError,
};
use crate::{App, http::Caller};
use db::{audit, connections, resources};
use kernel::{Connection, ConnectionId, ConnectionKind, Cursor, Page, PageSize, Resource};
use serde_json::json;
use std::{collections::BTreeMap, fmt, str::FromStr};
use uuid::Uuid;

/// What names an installation: its connection and, where that stands for several, the vendor's id of the place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstallationId {
    pub connection: ConnectionId,
    pub place: Option<String>,
}

impl fmt::Display for InstallationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            None => self.connection.fmt(f),
            Some(place) => write!(f, "{}:{place}", self.connection),
        }
    }
}

impl FromStr for InstallationId {
    type Err = kernel::ParseIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (connection, place) = match text.split_once(':') {
            None => (text, None),
            Some((connection, place)) => (connection, Some(place.to_owned())),
        };
        Ok(Self { connection: connection.parse()?, place })
    }
}

/// One installation.
pub struct Installation {
    pub id: InstallationId,
    /// The vendor's id of the installation, workspace or site.
    pub external_id: String,
    pub name: String,
    pub url: Option<String>,
    /// The products it was granted for, in the vendor's words.
    pub products: Vec<String>,
    pub scopes: Vec<String>,
    pub connection: Connection,
}

/// A page of connections of organisations, newest first, each as the installations it stands for.
pub async fn page(
    app: &App,
    caller: &Caller,
    platform: Option<String>,
    after: Option<Cursor>,
    size: PageSize,
) -> Result<Page<Vec<Installation>>, db::Error> {
    let filter = connections::Filter {
        provider: platform,
        providers: caller.only_providers(),
        of_organizations: true,
        ..connections::Filter::default()
    };
    let Page { items, next } = connections::page(&app.pool, caller.tenant, &filter, after, size).await?;
    let ids: Vec<Uuid> = items.iter().map(|connection| connection.id.as_uuid()).collect();
    let mut places: BTreeMap<ConnectionId, Vec<Resource>> = BTreeMap::new();
    for (connection, resource) in resources::of_many(&app.pool, caller.tenant, &ids).await? {
        places.entry(connection).or_default().push(resource);
    }
    let of = |connection: Connection| {
        let places = places.remove(&connection.id).unwrap_or_default();
        installations(connection, places)
    };
    Ok(Page { items: items.into_iter().map(of).collect(), next })
}

fn installations(connection: Connection, places: Vec<Resource>) -> Vec<Installation> {
    if places.is_empty() {
        let external_id = match connection.kind {
            ConnectionKind::Installation => connection.account_id.clone(),
            ConnectionKind::Account => connection.org_id.clone().unwrap_or_else(|| connection.account_id.clone()),
        };
        let id = InstallationId { connection: connection.id, place: None };
        return vec![Installation {
            id,
            external_id,
            name: connection.display_name.clone(),
            url: None,
            products: Vec::new(),
            scopes: connection.scopes.clone(),
            connection,
        }];
    }
    // The same place may be there once for each of its products.
    let mut by_place: BTreeMap<String, Installation> = BTreeMap::new();
    for Resource { external_id, kind, name, url, scopes } in places {
        let installation = by_place.entry(external_id.clone()).or_insert_with(|| Installation {
            id: InstallationId { connection: connection.id, place: Some(external_id.clone()) },
            external_id,
            name,
            url,
            products: Vec::new(),
            scopes: Vec::new(),
            connection: connection.clone(),
        });
        installation.products.push(kind);
        installation.scopes.extend(scopes);
    }
    by_place.into_values().collect()
}

/// What became of an installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The place is forgotten; the grant goes on for the others it opens.
    OnePlace,
    Connection(AtProvider),
}

/// Ends an installation: the connection, unless it stands for other places too.
pub async fn end(app: &App, caller: &Caller, id: &InstallationId) -> Result<Ended, VendError> {
    let found = connections::find(&app.pool, caller.tenant, id.connection).await?;
    let connection = found.filter(|found| caller.may_see(found)).ok_or(VendError::NotFound)?;
    if let Some(place) = &id.place {
        let mut transaction = app.pool.begin().await?;
        connections::find_and_hold(&mut *transaction, caller.tenant, id.connection).await?;
        if !resources::forget_one(&mut *transaction, caller.tenant, id.connection, place).await? {
            return Err(VendError::NotFound);
        }
        if !resources::of(&mut *transaction, caller.tenant, id.connection).await?.is_empty() {
            let entry = audit::Entry {
                at: app.clock.now(),
                actor: &caller.audit_name(),
                action: "installation.forget",
                target: &id.to_string(),
                detail: json!({ "provider": connection.provider }),
            };
            audit::append(&mut *transaction, caller.tenant, entry).await?;
            transaction.commit().await?;
            return Ok(Ended::OnePlace);
        }
    }
    Ok(Ended::Connection(disconnect::disconnect(app, caller, id.connection).await?))
}
