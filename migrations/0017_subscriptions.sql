-- Who is told of signals, and what they are still to be told.

-- One address of one tenant. Written by people; deleted by them, or with the tenant.
create table subscriptions (
    tenant_id uuid not null,
    id uuid not null,
    -- At most 2,048 bytes, so that it fits into the key below.
    url text not null,
    description text,
    -- Null: all kinds, and all providers.
    kinds text[],
    providers text[],
    state text not null default 'active' check (state in ('active', 'disabled')),
    -- Why it is disabled: gone (410), failing (days of trying without a success).
    disabled_reason text check (disabled_reason in ('gone', 'failing')),
    -- The secret that signs, and the one before it while both do.
    sealed bytea not null,
    -- Up to which of the tenant's signals it has been decided what is forwarded. Moves in the transaction that writes the forwards.
    position bigint not null,
    last_success_at timestamptz,
    last_failure_at timestamptz,
    last_error text,
    -- The first failure after the last success; null: the last try succeeded, or there was none.
    failing_since timestamptz,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (tenant_id, id)
);
-- One subscription an address.
create unique index subscriptions_by_url on subscriptions (tenant_id, url);

-- One signal on its way to one subscription. Deleted seven days after it arrived, thirty days after it was given up, and with
-- its subscription.
create table forwards (
    tenant_id uuid not null,
    subscription_id uuid not null,
    -- The signal: its place in the tenant's feed, its id, and the partition it lies in.
    position bigint not null,
    signal_id uuid not null,
    occurred_at timestamptz not null,
    -- waiting: to be sent; done: taken by the other side; dead: given up after the last attempt, until a replay.
    state text not null default 'waiting' check (state in ('waiting', 'done', 'dead')),
    attempts integer not null default 0,
    next_attempt_at timestamptz not null,
    -- A sender's claim; one that has run out is anybody's.
    claimed_by uuid,
    claimed_until timestamptz,
    error text,
    ended_at timestamptz,
    -- What makes it one row a signal, whoever decides and however often.
    primary key (tenant_id, subscription_id, position),
    foreign key (tenant_id, subscription_id) references subscriptions (tenant_id, id) on delete cascade
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000);
-- What is due, a subscription at a time, and how much waits.
create index forwards_due on forwards (tenant_id, subscription_id, next_attempt_at) where state = 'waiting';
-- What is under way to a subscription.
create index forwards_claimed on forwards (tenant_id, subscription_id) where state = 'waiting' and claimed_until is not null;
-- What was given up, as people look at it and replay it.
create index forwards_dead on forwards (tenant_id, subscription_id, position) where state = 'dead';
-- For the sweep.
create index forwards_ended on forwards (ended_at) where ended_at is not null;
