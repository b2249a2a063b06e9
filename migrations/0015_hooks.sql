-- Hooks that we register with vendors, one for each thing that is watched.

-- Written before the vendor is asked, because the vendor may call before it has answered. Deleted once the vendor has removed it,
-- or with its connection.
create table hooks (
    tenant_id uuid not null,
    -- In the address the vendor posts to: /webhooks/{provider}?hook={id}. Some vendors take one path an app, so that the tenant
    -- is not in it.
    id uuid not null,
    connection_id uuid not null,
    provider text not null,
    -- What is watched, in the vendor's words: a repository, a site, a calendar.
    target text not null,
    -- pending: not registered yet; active; removing: to be removed at the vendor.
    state text not null check (state in ('pending', 'active', 'removing')),
    -- The vendor's ids, once it has said them: of the hook, and of what is watched.
    external_id text,
    resource text,
    -- What was agreed on with the vendor: a signing secret, or a channel's token.
    sealed bytea not null,
    -- SHA-256 of the same, which is all that a channel's token is compared with.
    secret_hash bytea not null,
    -- Null: it stays until it is removed.
    expires_at timestamptz,
    -- When it is to be registered, renewed, looked at or removed next.
    due_at timestamptz not null,
    attempts integer not null default 0,
    -- A worker's claim; one that has run out is anybody's.
    claimed_until timestamptz,
    -- When its vendor last told something, and until when missed deliveries have been fetched back.
    delivered_at timestamptz,
    caught_up_to timestamptz,
    error text,
    created_at timestamptz not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, connection_id) references connections (tenant_id, id) on delete cascade
);
-- One hook a target is kept alive; the one it replaces is being removed.
create unique index hooks_of_target on hooks (tenant_id, connection_id, target) where state <> 'removing';
-- What has to be done next, whoever's.
create index hooks_due on hooks (due_at);
-- The address names the hook alone. Random, so unique without a key over all tenants.
create index hooks_by_id on hooks (id);
-- A push that names what is watched and no address of its own.
create index hooks_by_external_id on hooks (provider, external_id);

-- A push that names a site by its address.
create index connection_resources_by_url on connection_resources (url) where url is not null;
