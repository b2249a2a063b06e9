-- What is fetched from vendors: where each stream stands, and what it has brought.

-- One entity type of one connection. Written when the connection is made; deleted with it.
create table streams (
    tenant_id uuid not null,
    connection_id uuid not null,
    -- The vendor's code knows it under this name.
    name text not null,
    -- Opaque to us. Null: from the beginning. Moves in the transaction that writes the page's records.
    cursor jsonb,
    -- When it was first read to the end. Until then records are no news: they were there before us.
    baseline_at timestamptz,
    -- Ids that the vendor named in pushes and that have not been fetched yet.
    named text[] not null default '{}',
    -- When it is fetched next, by schedule or because of a push.
    due_at timestamptz not null,
    -- A worker's claim; one that has run out is anybody's.
    claimed_by uuid,
    claimed_until timestamptz,
    attempts integer not null default 0,
    -- When the last run ended, and why the last attempt failed.
    finished_at timestamptz,
    error text,
    primary key (tenant_id, connection_id, name),
    foreign key (tenant_id, connection_id) references connections (tenant_id, id) on delete cascade
);
-- What is due, whoever's.
create index streams_due on streams (due_at);

-- One entity as the vendor had it last. Deleted with its connection.
create table records (
    tenant_id uuid not null,
    connection_id uuid not null,
    stream text not null,
    -- The vendor's id.
    external_id text not null,
    -- SHA-256 over the canonical JSON, what changes by itself left out: what has the same is not written again.
    checksum bytea not null,
    data json,
    -- By the vendor's clock.
    changed_at timestamptz,
    -- It is gone at the vendor. The row stays, so that its coming back is told from its being new.
    deleted_at timestamptz,
    updated_at timestamptz not null,
    primary key (tenant_id, connection_id, stream, external_id),
    foreign key (tenant_id, connection_id) references connections (tenant_id, id) on delete cascade
);
