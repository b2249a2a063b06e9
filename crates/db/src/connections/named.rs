//! Whose deliveries are: the connections that they name.

use super::Row;
use crate::gather;
use kernel::{Connection, TenantId};
use sqlx::{Error, FromRow, PgConnection, Postgres, QueryBuilder};
use std::collections::BTreeMap;
use uuid::Uuid;

/// How a delivery names a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Named<'a> {
    Installation(&'a str),
    Organization(&'a str),
    Account(&'a str),
    /// The origin of one of its places.
    Site(&'a str),
    /// What one of its hooks watches, in the vendor's word.
    Watched(&'a str),
    /// The registration of ours that it came to.
    Hook(Uuid),
}

/// A name as it is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Naming<'a> {
    pub provider: &'a str,
    pub named: Named<'a>,
    /// Of one tenant, for its own address; `None`: of all, for an app-wide delivery.
    pub only: Option<TenantId>,
}

/// The living connections that each of these names, in the order of tenants and ids. One statement for all names of a kind: each has
/// one shape, whoever is named.
pub async fn named_for_any_tenant(
    connection: &mut PgConnection,
    asked: &[Naming<'_>],
) -> Result<Vec<Vec<Connection>>, Error> {
    let mut answers: Vec<Vec<Connection>> = asked.iter().map(|_| Vec::new()).collect();
    let mut kinds: BTreeMap<&'static str, Vec<usize>> = BTreeMap::new();
    for (place, naming) in asked.iter().enumerate() {
        kinds.entry(whose(naming.named)).or_default().push(place);
    }
    for (whose, places) in kinds {
        let of_kind: Vec<&Naming<'_>> = places.iter().map(|place| &asked[*place]).collect();
        let found = of_one_kind(&mut *connection, whose, &of_kind).await?;
        for (place, found) in places.into_iter().zip(found) {
            answers[place] = found;
        }
    }
    Ok(answers)
}

/// The keys of those that `asked.name` names at `asked.provider`, each once.
const fn whose(named: Named<'_>) -> &'static str {
    match named {
        Named::Installation(_) => {
            "select tenant_id, id from connections
             where provider = asked.provider and kind = 'installation' and account_id = asked.name"
        }
        Named::Account(_) => {
            "select tenant_id, id from connections
             where provider = asked.provider and kind = 'account' and account_id = asked.name"
        }
        Named::Organization(_) => {
            "select tenant_id, id from connections where provider = asked.provider and org_id = asked.name
             union
             select tenant_id, connection_id from connection_resources where external_id = asked.name"
        }
        Named::Site(_) => {
            "select distinct tenant_id, connection_id from connection_resources
             where url in (asked.name, asked.name || '/')"
        }
        Named::Watched(_) => {
            "select distinct tenant_id, connection_id from hooks
             where provider = asked.provider and external_id = asked.name"
        }
        Named::Hook(_) => {
            "select tenant_id, connection_id from hooks where tenant_id = asked.tenant and id = asked.name::uuid"
        }
    }
}

async fn of_one_kind(
    connection: &mut PgConnection,
    whose: &'static str,
    asked: &[&Naming<'_>],
) -> Result<Vec<Vec<Connection>>, Error> {
    let providers: Vec<&str> = asked.iter().map(|one| one.provider).collect();
    let names: Vec<String> = asked.iter().map(|one| name(one.named)).collect();
    let tenants: Vec<Option<Uuid>> = asked.iter().map(|one| one.only.map(|tenant| tenant.as_uuid())).collect();
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new("select c.*, asked.place from unnest(");
    query.push_bind(providers).push(", ").push_bind(names).push(", ").push_bind(tenants);
    query.push(") with ordinality as asked (provider, name, tenant, place) cross join lateral (").push(whose);
    query.push(
        ") whose (tenant_id, id)
         join connections c on c.tenant_id = whose.tenant_id and c.id = whose.id
         where c.provider = asked.provider
           and c.status <> 'revoked'
           and (asked.tenant is null or c.tenant_id = asked.tenant)
         order by asked.place, c.tenant_id, c.id",
    );
    let rows = query.build().fetch_all(connection).await?;
    gather::placed(&rows, asked.len(), |row| Ok(Row::from_row(row)?.into()))
}

fn name(named: Named<'_>) -> String {
    match named {
        Named::Installation(name)
        | Named::Organization(name)
        | Named::Account(name)
        | Named::Site(name)
        | Named::Watched(name) => name.to_owned(),
        Named::Hook(id) => id.to_string(),
    }
}
