-- Deliveries and signals in partitions by time, a queue beside them, and what else never losing a delivery needs.
--
-- The two tables are written anew: no release has shipped without partitions, and rows of development databases come along.

-- A delivery's name in the past: what arrives under it again is the same delivery. Two a delivery where the vendor's id is not
-- covered by its signature (id and bytes), one where it is. Separate from the deliveries, because a unique key of a
-- partitioned table has to hold its partition key, and a repetition arrives on another day. Swept together with the partition
-- of its delivery; until then a repetition is recognised.
create table delivery_keys (
    tenant_id uuid not null,
    -- The first 128 bits of SHA-256 over what is the same in a repetition.
    key uuid not null,
    delivery_id uuid not null,
    primary key (tenant_id, key)
);
-- For the sweep alone, which asks for ranges of old ids. Ids are UUIDv7 and rows are added in their order, so a summary of
-- each range of blocks is enough and costs an insert nothing.
create index delivery_keys_by_age on delivery_keys using brin (delivery_id) with (pages_per_range = 32, autosummarize = on);

alter table deliveries rename to deliveries_of_old;
alter table deliveries_of_old drop constraint deliveries_pkey;

-- One webhook request. Partitioned by its id, a UUIDv7, which is the time it arrived: a day a partition, made ahead and dropped
-- by retention (DELIVERIES_RETENTION_DAYS). The row is written once and touched once more, when its outcome is known.
create table deliveries (
    -- The tenant in the address the vendor posted to; the nil UUID for an app-wide address.
    tenant_id uuid not null,
    id uuid not null,
    provider text not null,
    event text not null,
    -- The vendor's id of the delivery, for people who compare with the vendor's pages.
    delivery_id text not null,
    -- The registration whose address it came to.
    hook_id uuid,
    -- Those that the provider's record names; never a credential.
    headers jsonb not null default '{}',
    content_type text,
    body bytea not null,
    received_at timestamptz not null,
    -- pending: it has a row in delivery_queue; done: its signals are written; ignored: an event we do not read; unclaimed:
    -- nobody's connection; dead: given up after the last attempt, its row in delivery_queue waits for a replay.
    state text not null default 'pending' check (state in ('pending', 'done', 'ignored', 'unclaimed', 'dead')),
    primary key (tenant_id, id)
) partition by range (id);

-- A delivery must never fail because a partition is missing. Rows here are moved when their day's partition is made.
create table deliveries_default partition of deliveries default;

-- What is to be read, and what was given up. Narrow, and empty when all is well: claiming and finishing touch these rows and
-- not the bodies. A row goes when its delivery is done with; a dead one stays until it is replayed or its delivery is dropped.
create table delivery_queue (
    tenant_id uuid not null,
    delivery_id uuid not null,
    -- Whose it is, as far as that was seen at the door (SHA-256 of provider, tenant and the vendor's id of an installation,
    -- workspace or site): claims go round the lanes, so that a flood in one does not hold up the others.
    lane uuid not null,
    state text not null default 'ready' check (state in ('ready', 'dead')),
    attempts integer not null default 0,
    next_attempt_at timestamptz not null,
    -- A worker's claim; a claim that has run out is anybody's.
    claimed_by uuid,
    claimed_until timestamptz,
    -- Why the last attempt failed, in our words.
    error text,
    -- How often a person has asked to have it read again.
    replays integer not null default 0,
    primary key (tenant_id, delivery_id)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000);
-- The oldest that is due, whoever's.
create index delivery_queue_due on delivery_queue (next_attempt_at) where state = 'ready';
-- The oldest of each lane.
create index delivery_queue_lanes on delivery_queue (lane, next_attempt_at) where state = 'ready';
-- Dead letters, as people list them.
create index delivery_queue_dead on delivery_queue (tenant_id, delivery_id) where state = 'dead';

-- To whom a delivery to an app-wide address belongs, known once it has been read: those with a connection it is about. Swept with
-- its delivery.
create table delivery_addressees (
    tenant_id uuid not null,
    delivery_id uuid not null,
    primary key (tenant_id, delivery_id)
);
-- Whose else a delivery is; the sweep asks for ranges of it.
create index delivery_addressees_of on delivery_addressees (delivery_id);

-- How often webhooks were refused, and why. A refused request leaves nothing else. Deleted after 90 days.
create table refused_webhooks (
    provider text not null,
    reason text not null,
    hour timestamptz not null,
    count bigint not null,
    primary key (provider, reason, hour)
);

alter table signals rename to signals_of_old;
alter table signals_of_old drop constraint signals_pkey;
drop index signals_page, signals_by_provider, signals_by_connection, signals_by_kind, signals_once;

-- One normalised event of one tenant. Partitioned by when it happened, a month a partition: GET /signals goes back in time, and
-- reads the newest partitions only. A month is dropped when nothing in it arrived within SIGNALS_RETENTION_DAYS.
create table signals (
    tenant_id uuid not null,
    id uuid not null,
    -- The tenant's signals in the order in which they were committed, from 1. Streams and subscriptions follow it: who has
    -- read up to a position misses nothing below it.
    position bigint not null,
    -- Null where the delivery came to the tenant's own address and names no connection of theirs.
    connection_id uuid,
    provider text not null,
    kind text not null,
    subject jsonb not null,
    actor jsonb,
    container jsonb,
    changes text[] not null default '{}',
    occurred_at timestamptz not null,
    received_at timestamptz not null,
    -- Null: a refresh, a person or a sync run made it.
    delivery_id uuid,
    -- Which of the delivery's signals this is.
    ordinal smallint not null,
    -- The vendor's payload as text: it is handed out, never queried.
    payload json,
    primary key (tenant_id, position, occurred_at)
) partition by range (occurred_at);

-- Every filter of GET /signals ends in the page order (occurred_at, id), so a page is one index range.
create index signals_page on signals (tenant_id, occurred_at desc, id desc);
create index signals_by_provider on signals (tenant_id, provider, occurred_at desc, id desc);
create index signals_by_connection on signals (tenant_id, connection_id, occurred_at desc, id desc);
create index signals_by_kind on signals (tenant_id, kind, occurred_at desc, id desc);
-- A delivery's signals, each once, whatever is attempted or replayed. The time follows from the delivery's bytes.
create unique index signals_once on signals (tenant_id, delivery_id, connection_id, ordinal, occurred_at) nulls not distinct
    where delivery_id is not null;
-- Retention asks whether a month holds anything that arrived lately.
create index signals_by_arrival on signals using brin (received_at) with (autosummarize = on);

-- What happened before there were partitions. Vendors send old dates, and examples older ones.
create table signals_before partition of signals for values from (minvalue) to ('2026-01-01 00:00:00+00');

-- The months that there are signals of, this one and the next; others are made when they are needed.
do $$
declare
    month timestamp;
begin
    for month in
        select distinct date_trunc('month', at)
        from (select least(occurred_at, received_at) at time zone 'utc' as at from signals_of_old
              union all
              select now() at time zone 'utc'
              union all
              select now() at time zone 'utc' + interval '1 month') times
        where at >= timestamp '2026-01-01'
    loop
        execute format(
            'create table %I partition of signals for values from (%L) to (%L)',
            'signals_' || to_char(month, 'YYYYMM'), month at time zone 'utc', (month + interval '1 month') at time zone 'utc');
    end loop;
end
$$;

-- The last position of each tenant. Whoever writes signals holds the row until the commit, so that positions are committed in
-- their order; it is taken last in a transaction, in the order of the tenants, so that nobody waits in a circle.
create table signal_feeds (
    tenant_id uuid primary key,
    last bigint not null
) with (fillfactor = 50);

-- lz4 costs a fifth of pglz's CPU on webhook bodies; a server built without it keeps its default. Partitions made later take the
-- setting of their parent.
do $$
begin
    alter table deliveries alter column body set compression lz4;
    alter table deliveries_default alter column body set compression lz4;
    alter table signals alter column payload set compression lz4;
exception
    when feature_not_supported then null;
end
$$;

insert into deliveries (tenant_id, id, provider, event, delivery_id, content_type, body, received_at, state)
select tenant_id, id, provider, event, delivery_id, content_type, body, received_at, state
from deliveries_of_old;

insert into delivery_keys (tenant_id, key, delivery_id)
select tenant_id, encode(substr(sha256(convert_to(name, 'utf8')), 1, 16), 'hex')::uuid, id
from (
    select tenant_id, id, provider || E'\nid\n' || delivery_id as name from deliveries_of_old
    union all
    select tenant_id, id, provider || E'\nbody\n' || encode(body_hash, 'hex') from deliveries_of_old
) names
on conflict do nothing;

insert into delivery_queue (tenant_id, delivery_id, lane, state, attempts, next_attempt_at, error)
select tenant_id, id, tenant_id, case state when 'dead' then 'dead' else 'ready' end, attempts, next_attempt_at, error
from deliveries_of_old
where state in ('pending', 'dead');

insert into signals
    (tenant_id, id, position, connection_id, provider, kind, subject, actor, container, changes, occurred_at, received_at,
     delivery_id, ordinal, payload)
select tenant_id, id, row_number() over (partition by tenant_id order by id), connection_id, provider, kind, subject, actor,
       container, changes, least(occurred_at, received_at), received_at, delivery_id, ordinal, payload
from signals_of_old;

insert into signal_feeds (tenant_id, last)
select tenant_id, max(position) from signals group by tenant_id;

drop table deliveries_of_old, signals_of_old;
