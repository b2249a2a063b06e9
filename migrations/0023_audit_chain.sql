-- The audit log becomes a chain, a tenant's lines each behind the one before, so that a line that somebody changes, takes out or
-- puts in between is found (`connectors audit verify`).
--
-- Lines are written unchained, in the transaction of what they record, and chained a moment later by a worker that takes what has
-- been committed. Two reasons. Chaining in the transaction itself would hold the end of the chain until the commit, so that all
-- vends of a tenant stood in one row, a disk's flush apart. And what chains is a keyed digest: its key lies sealed under the
-- ENCRYPTION_KEYS, which the auth service does not have, though it writes lines. So whoever can write this database and has no
-- such key can forge no line that has been chained. What is promised begins with the chaining, about a second after the commit.
--
-- Whoever can write here could still put back an older state of everything, which agrees with itself. Against that helps only what
-- is kept elsewhere: the end of each chain, which GET /audit and `connectors audit verify` show.

alter table audit_log
    -- The request that caused it, as logs and problems name it, and the address it came from. Null: no request did, or the line
    -- is older than these columns.
    add column request_id text,
    add column address text,
    -- Where it stands in its tenant's chain, from 1, without gaps. Null: not chained yet.
    add column seq bigint,
    -- What a line says goes into the chain as a digest with this salt. When a person is erased, the words and the salt go and the
    -- digest stays: the chain holds, and nobody can find out by trying what was said.
    add column salt bytea,
    -- HMAC-SHA-256 over the hash before, the chain, the place, the time, the action and the digest of the rest.
    add column hash bytea,
    -- The digest itself, where the words are gone, and an HMAC that says so: without the key nobody can pass a change off as an
    -- erasure.
    add column content bytea,
    add column erasure bytea;

-- The order of the chain, each place once.
create unique index audit_log_chain on audit_log (tenant_id, seq) where seq is not null;
-- What is to be chained, in the order in which it is. Empty but for the last second.
create index audit_log_unchained on audit_log (tenant_id, id) where seq is null;
-- Pages, newest first: of a tenant, and of what one thing went through.
create index audit_log_page on audit_log (tenant_id, at desc, id desc);
create index audit_log_of_target on audit_log (tenant_id, target, at desc, id desc);
-- The same without the handing out of tokens, which is nearly all there is of a busy connection: its timeline.
create index audit_log_changes on audit_log (tenant_id, target, at desc, id desc) where action <> 'token.vend';

-- The two ends of a tenant's chain. Written with the tenant's first line that is chained; the nil UUID stands for lines that belong
-- to no tenant. Deleted by nothing: where no line is kept any more, the chain goes on where it stopped.
create table audit_chains (
    -- The row is held by whoever chains, drops or erases lines of the tenant: one at a time.
    tenant_id uuid primary key,
    -- Stands in every hash in place of the tenant, whose id may be a person's: erasing them gives the chain to a pseudonym.
    chain uuid not null,
    -- The oldest line that is kept, and the hash before it: what is older was dropped (AUDIT_RETENTION_DAYS), and the rest still
    -- verifies.
    first_seq bigint not null,
    before_first bytea not null,
    -- The newest one that is chained. Equal to first_seq - 1 and before_first where none is kept.
    last_seq bigint not null,
    last_hash bytea not null,
    chained_at timestamptz not null,
    -- HMAC-SHA-256 over all of this: without the key nobody can take lines off either end.
    mac bytea not null
);

-- The key of the chains, made at random when it is first needed. One row, never deleted: with another key no chain verifies.
-- `connectors rotate-keys` puts it under a new encryption key and leaves it what it is.
create table audit_keys (
    is_it boolean primary key default true check (is_it),
    sealed bytea not null
);
