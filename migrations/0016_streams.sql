-- What is fetched from vendors: where each stream stands, and what it has brought.

-- One entity type of one connection. Written when the connection is made; deleted when the connection has ended, when its scopes
-- reach that far no more, and with it.
create table streams (
    tenant_id uuid not null,
    connection_id uuid not null,
    -- The vendor's code knows it under this name.
    name text not null,
    -- Opaque to us. Null: from the beginning. Moves in the transaction that writes the page's records.
    cursor jsonb,
    -- When the cursor last moved.
    cursor_at timestamptz,
    -- listing: all there is is being read from the beginning; missing: it has been, and what it did not name is being marked as
    -- gone; changes: what has changed since is read.
    phase text not null default 'listing' check (phase in ('listing', 'missing', 'changes')),
    -- Which time it is read from the beginning; records say in which pass they were there.
    pass integer not null default 0,
    -- When it was last read from the beginning to the end. Null: not yet, and records are no news, for they were there before us.
    baseline_at timestamptz,
    -- Ids that the vendor named in pushes and that have not been fetched yet, and those of them that are being fetched. They go
    -- in the transaction that writes what was fetched; what is named again meanwhile is fetched again.
    named text[] not null default '{}',
    fetching text[] not null default '{}',
    -- How often somebody has said that there is something to fetch. A run that ends and finds it moved has to be followed by
    -- another one.
    pushes bigint not null default 0,
    -- When it is fetched next, by schedule or because of a push. There is always such a time.
    due_at timestamptz not null,
    -- After a failure, or because the vendor asked for a pause: no push makes it due before.
    rests_until timestamptz,
    -- The connection has no token to give. It is looked at seldom, until the connection is well again.
    asleep boolean not null default false,
    -- A worker's claim; one that has run out is anybody's.
    claimed_by uuid,
    claimed_until timestamptz,
    -- Failures since something was last fetched.
    attempts integer not null default 0,
    -- When the last run ended well, and why the last attempt failed, in our words.
    finished_at timestamptz,
    error text,
    primary key (tenant_id, connection_id, name),
    foreign key (tenant_id, connection_id) references connections (tenant_id, id) on delete cascade
) with (fillfactor = 70);
-- What is due, whoever's.
create index streams_due on streams (due_at);
-- How many run, of a tenant and of a connection, is counted before another one is claimed.
create index streams_running on streams (claimed_until) where claimed_until is not null;

-- One entity as the vendor had it last. Deleted with its stream.
create table records (
    tenant_id uuid not null,
    connection_id uuid not null,
    stream text not null,
    -- The vendor's id.
    external_id text not null,
    -- SHA-256 over the canonical JSON, what changes by itself left out: what has the same is not written again. Empty: it is gone.
    checksum bytea not null,
    -- The vendor's JSON as text; null where it is gone.
    data json,
    -- By the vendor's clock.
    changed_at timestamptz,
    -- It is gone at the vendor. The row stays, so that its going is told once.
    deleted_at timestamptz,
    updated_at timestamptz not null,
    -- The last pass of its stream in which it was there.
    pass integer not null default 0,
    primary key (tenant_id, connection_id, stream, external_id),
    foreign key (tenant_id, connection_id) references connections (tenant_id, id) on delete cascade
);

-- A page with a text of 8 KiB in each entry is common; lz4 costs a fifth of pglz's CPU. A server built without it keeps its default.
do $$
begin
    alter table records alter column data set compression lz4;
exception
    when feature_not_supported then null;
end
$$;
