//! The way in: many deliveries in one statement.

use super::{Claimed, Outcome};
use chrono::{DateTime, TimeDelta, Utc};
use kernel::{DeliveryId, TenantId, sha256};
use sqlx::{Error, PgConnection, types::Json};
use std::collections::{BTreeMap, HashSet};
use uuid::Uuid;

/// What is the same in a repetition of a delivery to the same address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(Uuid);

impl Key {
    /// The vendor's id of the delivery.
    pub fn of_id(provider: &str, delivery_id: &str) -> Self {
        Self::of(&format!("{provider}\nid\n{delivery_id}"))
    }

    /// Its bytes.
    pub fn of_body(provider: &str, body: &[u8]) -> Self {
        Self::of(&format!("{provider}\nbody\n{}", hex::encode(sha256(body))))
    }

    /// The first 128 bits of SHA-256. Who could find a collision would have to sign it, and would harm only what they send.
    fn of(name: &str) -> Self {
        Self(first_half(sha256(name)))
    }
}

/// The lane of a delivery: those of one wait for each other and for nobody else's.
pub(crate) fn lane(provider: &str, tenant: TenantId, whose: &str) -> Uuid {
    first_half(sha256(format!("{provider}\n{tenant}\n{whose}")))
}

fn first_half(hash: [u8; 32]) -> Uuid {
    let mut half = [0; 16];
    half.copy_from_slice(&hash[..16]);
    Uuid::from_bytes(half)
}

/// A verified webhook, about to be stored.
pub struct NewDelivery {
    pub tenant: TenantId,
    pub id: DeliveryId,
    pub provider: String,
    pub event: String,
    pub delivery_id: String,
    /// One or two; any that is known already makes this a repetition.
    pub keys: Vec<Key>,
    /// The registration whose address it came to.
    pub hook: Option<Uuid>,
    /// In the vendor's id; see [`lane`].
    pub whose: String,
    pub headers: BTreeMap<String, String>,
    pub content_type: Option<String>,
    pub body: bytes::Bytes,
    /// In whole microseconds, as it is kept.
    pub received_at: DateTime<Utc>,
    /// What will probably become of it.
    pub outlook: Outcome,
}

/// The worker that has what is stored in its hands from the beginning, as if it had claimed it.
#[derive(Debug, Clone, Copy)]
pub struct Holder {
    pub worker: Uuid,
    /// From its arrival on.
    pub lease: TimeDelta,
}

/// What became of a batch.
pub struct Stored {
    /// The ids of those that were new.
    pub new: HashSet<Uuid>,
    /// How many dead ones are to be read again.
    pub revived: u64,
}

impl NewDelivery {
    /// As its [`Holder`] would have claimed it.
    pub fn claimed(self) -> Claimed {
        Claimed {
            tenant_id: self.tenant.as_uuid(),
            id: self.id.as_uuid(),
            provider: self.provider,
            event: self.event,
            delivery_id: self.delivery_id,
            hook_id: self.hook,
            headers: Json(self.headers),
            content_type: self.content_type,
            body: self.body,
            received_at: self.received_at,
            state: self.outlook.word().to_owned(),
            attempts: 1,
            replays: 0,
        }
    }
}

/// Stores many in one statement, which commits by itself: when this returns, each of them is durable, by this call or by
/// an earlier one. Repetitions are left as they are, except that a dead one is to be read again: the vendor (or a person at
/// the vendor) sent it anew.
pub async fn store(
    connection: &mut PgConnection,
    batch: &[NewDelivery],
    holder: Option<Holder>,
) -> Result<Stored, Error> {
    let new: HashSet<Uuid> = insert(connection, batch, holder).await?.into_iter().collect();
    let repeated: Vec<&NewDelivery> = batch.iter().filter(|one| !new.contains(&one.id.as_uuid())).collect();
    let revived = if repeated.is_empty() { 0 } else { revive(connection, &repeated).await? };
    Ok(Stored { new, revived })
}

/// Keys are inserted in one order by everybody, so that two batches with the same deliveries wait for each other and never in
/// a circle. Each is stored as what it will probably become: while it has a row in the queue, it is not, and its own, which is long,
/// need not be written a second time.
async fn insert(
    connection: &mut PgConnection,
    batch: &[NewDelivery],
    holder: Option<Holder>,
) -> Result<Vec<Uuid>, Error> {
    let tenants: Vec<Uuid> = batch.iter().map(|one| one.tenant.as_uuid()).collect();
    let ids: Vec<Uuid> = batch.iter().map(|one| one.id.as_uuid()).collect();
    let providers: Vec<&str> = batch.iter().map(|one| one.provider.as_str()).collect();
    let events: Vec<&str> = batch.iter().map(|one| one.event.as_str()).collect();
    let delivery_ids: Vec<&str> = batch.iter().map(|one| one.delivery_id.as_str()).collect();
    let hooks: Vec<Option<Uuid>> = batch.iter().map(|one| one.hook).collect();
    let headers: Vec<Json<&BTreeMap<String, String>>> = batch.iter().map(|one| Json(&one.headers)).collect();
    let content_types: Vec<Option<&str>> = batch.iter().map(|one| one.content_type.as_deref()).collect();
    let bodies: Vec<&[u8]> = batch.iter().map(|one| &one.body[..]).collect();
    let times: Vec<DateTime<Utc>> = batch.iter().map(|one| one.received_at).collect();
    let lanes: Vec<Uuid> = batch.iter().map(|one| lane(&one.provider, one.tenant, &one.whose)).collect();
    let first: Vec<Option<Uuid>> = batch.iter().map(|one| one.keys.first().map(|key| key.0)).collect();
    let second: Vec<Option<Uuid>> = batch.iter().map(|one| one.keys.get(1).map(|key| key.0)).collect();
    let states: Vec<&str> = batch.iter().map(|one| one.outlook.word()).collect();
    sqlx::query_scalar(
        "with incoming as materialized (
           select *
           from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::jsonb[], $8::text[],
                       $9::bytea[], $10::timestamptz[], $11::uuid[], $12::uuid[], $13::uuid[], $14::text[])
             as new (tenant_id, id, provider, event, delivery_id, hook_id, headers, content_type, body, received_at, lane,
                     first, second, state)),
         names as (
           select tenant_id, key, id
           from (select tenant_id, first as key, id from incoming
                 union all
                 select tenant_id, second, id from incoming where second is not null) both_keys
           order by tenant_id, key, id),
         taken as (
           insert into delivery_keys (tenant_id, key, delivery_id)
           select tenant_id, key, id from names
           on conflict do nothing
           returning delivery_id),
         fresh as (
           select incoming.*
           from incoming
           join (select delivery_id, count(*) as keys from taken group by delivery_id) got on got.delivery_id = incoming.id
           where got.keys = case when second is null then 1 else 2 end),
         kept as (
           insert into deliveries (tenant_id, id, provider, event, delivery_id, hook_id, headers, content_type, body,
                                   received_at, state)
           select tenant_id, id, provider, event, delivery_id, hook_id, headers, content_type, body, received_at, state
           from fresh),
         queued as (
           insert into delivery_queue (tenant_id, delivery_id, lane, next_attempt_at, attempts, claimed_by, claimed_until)
           select tenant_id, id, lane, received_at, case when $15::uuid is null then 0 else 1 end, $15,
                  received_at + $16::interval
           from fresh)
         select id from fresh",
    )
    .bind(&tenants)
    .bind(&ids)
    .bind(&providers)
    .bind(&events)
    .bind(&delivery_ids)
    .bind(&hooks)
    .bind(&headers)
    .bind(&content_types)
    .bind(&bodies)
    .bind(&times)
    .bind(&lanes)
    .bind(&first)
    .bind(&second)
    .bind(&states)
    .bind(holder.map(|one| one.worker))
    .bind(holder.map(|one| one.lease))
    .fetch_all(connection)
    .await
}

/// What was given up and arrives again is due again. A repetition of which one key was new leaves that one behind: it stands
/// for nothing and goes.
async fn revive(connection: &mut PgConnection, batch: &[&NewDelivery]) -> Result<u64, Error> {
    let named = || batch.iter().flat_map(|one| one.keys.iter().map(move |key| (one, key)));
    let tenants: Vec<Uuid> = named().map(|(one, _)| one.tenant.as_uuid()).collect();
    let keys: Vec<Uuid> = named().map(|(_, key)| key.0).collect();
    let times: Vec<DateTime<Utc>> = named().map(|(one, _)| one.received_at).collect();
    let ids: Vec<Uuid> = named().map(|(one, _)| one.id.as_uuid()).collect();
    let due = sqlx::query(
        "with left_behind as (
           delete from delivery_keys k
           using unnest($1::uuid[], $2::uuid[], $4::uuid[]) as new (tenant_id, key, id)
           where k.tenant_id = new.tenant_id
             and k.key = new.key
             and k.delivery_id = new.id),
         again as (
           select k.tenant_id, k.delivery_id, max(new.received_at) as received_at
           from unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) as new (tenant_id, key, received_at)
           join delivery_keys k on k.tenant_id = new.tenant_id and k.key = new.key
           group by k.tenant_id, k.delivery_id)
         update delivery_queue q
         set state = 'ready', attempts = 0, next_attempt_at = again.received_at, error = null
         from again
         where q.tenant_id = again.tenant_id
           and q.delivery_id = again.delivery_id
           and q.state = 'dead'",
    )
    .bind(&tenants)
    .bind(&keys)
    .bind(&times)
    .bind(&ids)
    .execute(connection)
    .await?;
    Ok(due.rows_affected())
}
