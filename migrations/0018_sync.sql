-- Streams say how far they are and why they rest; records are listed in the order in which they were written; a vendor's budget is
-- one for all who call it.

alter table streams
    -- Somebody wants it read from the beginning; the next run begins with that.
    add column anew boolean not null default false,
    -- The run that is under way, or the last one: when it began, and what it has met. A run that gives way to others goes on.
    add column started_at timestamptz,
    add column pages integer not null default 0,
    add column seen bigint not null default 0,
    add column created bigint not null default 0,
    add column updated bigint not null default 0,
    add column deleted bigint not null default 0,
    -- Records that are there, so that nobody has to count them.
    add column kept bigint not null default 0,
    -- What `pushes` was when the last run that has ended began: whoever asked for no more than that has been answered.
    add column answered bigint not null default 0,
    -- The word for why the last attempt came to nothing; `error` says it in a sentence.
    add column trouble text;

update streams s
set kept = (select count(*)
            from records r
            where (r.tenant_id, r.connection_id, r.stream) = (s.tenant_id, s.connection_id, s.name)
              and r.deleted_at is null);

-- Whose turn it is, where very many are due.
create index streams_turns on streams (tenant_id, due_at);

-- `updated_at` is the moment of a page, never the same for two pages of a stream, and this is the record's number in it: together
-- the order in which records were written, which whoever follows them reads on.
alter table records add column ordinal integer not null default 0;

update records r
set ordinal = numbered.nth
from (select tenant_id, connection_id, stream, external_id,
             row_number() over (partition by tenant_id, connection_id, stream, updated_at order by external_id) as nth
      from records) numbered
where (r.tenant_id, r.connection_id, r.stream, r.external_id)
    = (numbered.tenant_id, numbered.connection_id, numbered.stream, numbered.external_id);

create index records_in_order on records (tenant_id, connection_id, stream, updated_at, ordinal);

-- What a pass from the beginning has found as it was, a row a page: the records themselves are not written for that. Deleted when
-- the pass has ended, and with its stream.
create table listings (
    tenant_id uuid not null,
    connection_id uuid not null,
    stream text not null,
    -- The page's moment.
    at timestamptz not null,
    ids text[] not null,
    primary key (tenant_id, connection_id, stream, at),
    foreign key (tenant_id, connection_id, stream) references streams (tenant_id, connection_id, name) on delete cascade
);

-- Until when a vendor wants to hear nothing more, from everybody whose requests it counts together: an app, an organisation, an
-- account, a method of one of them. All replicas read it before they call. Swept when it is over.
create table budgets (
    -- Of the tenant whose own client it is; the nil UUID for the operator's.
    tenant_id uuid not null,
    provider text not null,
    -- Hashed: the client's id and what the vendor counts by.
    pool bytea not null,
    -- Nobody calls before.
    paused_until timestamptz,
    -- What runs by itself does not call before, so that the rest of the quota is left to people.
    spared_until timestamptz,
    primary key (tenant_id, provider, pool)
);
-- grants.paused_until, which said this of one grant, is read no more.
-- What is over is swept, whoever's it is.
create index budgets_over on budgets (greatest(paused_until, spared_until));
