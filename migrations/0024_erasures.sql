-- Tenants that are being erased, and those that have been: nothing is made of them anew.
--
-- Once the work is done nothing here says whom it was. The name of a tenant is kept as its SHA-256, which whoever brings the id can
-- compare and nobody can turn round: ids of people have 74 random bits. A row is never deleted, for a credential, a backup or a
-- vendor may name the tenant at any time later.
create table erasures (
    -- SHA-256 of the tenant's id in its hyphenated form.
    tenant_hash bytea primary key check (octet_length(tenant_hash) = 32),
    -- Null once it is done.
    tenant_id uuid,
    -- The tenant's name in the audit log from then on. Random. Found by whoever reads that log.
    pseudonym uuid not null unique,
    -- What actors and targets of its lines are replaced with is keyed with this, so that the same stays the same while the work is
    -- cut off and goes on. Null once it is done: then nobody can tell any more who was who.
    pepper bytea,
    asked_at timestamptz not null,
    -- When somebody is to be at it next. A worker puts it off while it is at work: of one that was killed, another goes on.
    due_at timestamptz not null,
    -- When nothing of it was left. Null: at work.
    erased_at timestamptz,
    check ((erased_at is null) = (pepper is not null) and (erased_at is null) = (tenant_id is not null))
);

-- What is to be done next: empty but while somebody is being erased.
create index erasures_due on erasures (due_at) where erased_at is null;
