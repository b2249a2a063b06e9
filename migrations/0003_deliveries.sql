-- Webhooks as they arrived, and the signals read out of them.

-- One webhook request, stored before it is answered. The table is its own queue: a worker claims rows that are 'pending'
-- and due. Deleted by retention (not before their signals are written).
create table deliveries (
    -- The tenant in the address the vendor posted to; the nil UUID for an app-wide address.
    tenant_id uuid not null,
    id uuid not null,
    provider text not null,
    event text not null,
    -- The vendor's id of the delivery. Its header is not covered by the signature, hence body_hash.
    delivery_id text not null,
    body_hash bytea not null,
    content_type text,
    body bytea not null,
    received_at timestamptz not null,
    -- pending: to be read; done: its signals are written; ignored: an event we do not read; unclaimed: nobody's
    -- connection; dead: given up after the last attempt, until somebody replays it.
    state text not null default 'pending' check (state in ('pending', 'done', 'ignored', 'unclaimed', 'dead')),
    attempts integer not null default 0,
    next_attempt_at timestamptz not null,
    -- A worker's claim; a claim that has run out is anybody's.
    claimed_by uuid,
    claimed_until timestamptz,
    -- Why the last attempt failed, in our words.
    error text,
    primary key (tenant_id, id),
    -- A redelivery, and a replay under another delivery id, find the row that is already there.
    unique (tenant_id, provider, delivery_id),
    unique (tenant_id, provider, body_hash)
);

-- The worker takes the oldest that is due. Small: rows leave it when they are done.
create index deliveries_due on deliveries (next_attempt_at) where state = 'pending';

-- One normalised event of one tenant. Deleted by retention.
create table signals (
    tenant_id uuid not null,
    id uuid not null,
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
    delivery_id uuid not null,
    -- Which of the delivery's signals this is: together with the delivery and connection it makes writing idempotent.
    ordinal smallint not null,
    -- The vendor's payload as text: it is handed out, never queried.
    payload json,
    primary key (tenant_id, id),
    unique nulls not distinct (tenant_id, delivery_id, connection_id, ordinal)
);

-- Every filter of GET /signals ends in the page order (occurred_at, id), so a page is one index range.
create index signals_page on signals (tenant_id, occurred_at desc, id desc);
create index signals_by_provider on signals (tenant_id, provider, occurred_at desc, id desc);
create index signals_by_connection on signals (tenant_id, connection_id, occurred_at desc, id desc);
create index signals_by_kind on signals (tenant_id, kind, occurred_at desc, id desc);

-- lz4 costs a fifth of pglz's CPU on webhook bodies; a server built without it keeps its default.
do $$
begin
    alter table deliveries alter column body set compression lz4;
    alter table signals alter column payload set compression lz4;
exception
    when feature_not_supported then null;
end
$$;
