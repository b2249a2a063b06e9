//! Which streams a connection has: those of its provider that its scopes reach.

use crate::App;
use chrono::TimeDelta;
use db::{
    records,
    streams::{self, Offered},
};
use kernel::Connection;
use providers::{Provider, Stream};

/// Streams that are found to be missing are not all fetched in the same moment.
const WITHIN: TimeDelta = TimeDelta::minutes(15);

fn reaches(stream: &Stream, scopes: &[String]) -> bool {
    stream.scopes.is_empty() || stream.scopes.iter().any(|scope| scopes.contains(scope))
}

/// In the transaction that makes a connection, or makes it anew: its streams are due at once, and those that its scopes do not
/// reach any more go, with what they have brought.
pub async fn enroll(
    transaction: &mut db::PgConnection,
    provider: &Provider,
    connection: &Connection,
) -> Result<(), db::Error> {
    let Some(known) = provider.vendor.streams() else { return Ok(()) };
    let (tenant, id, now) = (connection.tenant, connection.id, connection.updated_at);
    let reached = known.streams().into_iter().filter(|stream| reaches(stream, &connection.scopes));
    let names: Vec<String> = reached.map(|stream| stream.name).collect();
    streams::retain(&mut *transaction, tenant, id, &names).await?;
    records::retain(&mut *transaction, tenant, id, &names).await?;
    streams::put(&mut *transaction, tenant, id, &names, now).await
}

/// Connections that were made before their provider had a stream get it.
pub async fn adopt(app: &App) -> Result<(), db::Error> {
    for provider in app.providers.get().all() {
        let Some(known) = provider.vendor.streams() else { continue };
        let known = known.streams();
        let offered: Vec<Offered<'_>> =
            known.iter().map(|stream| Offered { name: &stream.name, scopes: &stream.scopes }).collect();
        let now = app.clock.now();
        let adopted = streams::adopt_for_any_tenant(&app.pool, &provider.slug, &offered, now, WITHIN).await?;
        if adopted > 0 {
            tracing::info!(provider = provider.slug, adopted, "connections have got streams that they did not have");
        }
    }
    Ok(())
}
