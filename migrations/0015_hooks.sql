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
    -- When it is to be renewed; null where it has no end.
    renew_at timestamptz,
    -- When it is to be registered, renewed, looked at or removed next.
    due_at timestamptz not null,
    -- In vain, since it last went well.
    attempts integer not null default 0,
    -- Why the last attempt failed, in our words.
    error text,
    -- When its vendor last told something, to the minute.
    delivered_at timestamptz,
    -- Until when missed deliveries have been fetched back, and when that is looked at next; null where the vendor has no way.
    caught_up_to timestamptz,
    catch_up_at timestamptz,
    created_at timestamptz not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, connection_id) references connections (tenant_id, id) on delete cascade
);
-- One hook a target is kept alive; the one it replaces is being removed.
create unique index hooks_of_target on hooks (tenant_id, connection_id, target) where state <> 'removing';
-- An address without a tenant in it.
create index hooks_by_id on hooks (id);
-- All of a connection.
create index hooks_of_connection on hooks (tenant_id, connection_id);
-- A push that names what is watched and no address of its own.
create index hooks_by_external_id on hooks (provider, external_id);
-- Whose missed deliveries are asked for next.
create index hooks_to_catch_up on hooks (catch_up_at) where catch_up_at is not null;

-- Who looks after a connection's hooks, and when next. Written with a connection that may have hooks; deleted when it ends, or
-- with it.
create table hook_upkeep (
    tenant_id uuid not null,
    connection_id uuid not null,
    due_at timestamptz not null,
    -- When the vendor is to be asked next what is to be watched.
    wanted_at timestamptz not null,
    -- Counts up when the connection is made anew: whoever is at work with the one before does not put off what that asks for.
    asked bigint not null default 1,
    attempts integer not null default 0,
    -- Why nothing could be done, in our words.
    error text,
    -- A worker's claim: one a connection, so that nothing is registered twice. One that has run out is anybody's.
    claimed_by uuid,
    claimed_until timestamptz,
    primary key (tenant_id, connection_id),
    foreign key (tenant_id, connection_id) references connections (tenant_id, id) on delete cascade
);
-- What has to be done next, whoever's.
create index hook_upkeep_due on hook_upkeep (due_at);

-- Connections from before there were hooks. Those whose vendor registers none are forgotten when they are looked at.
insert into hook_upkeep (tenant_id, connection_id, due_at, wanted_at)
select tenant_id, id, now(), now() from connections where kind = 'account' and status <> 'revoked';

-- Apps whose vendor remembers what it could not deliver: until when that has been fetched back. A tenant's
-- goes when they have no app of their own any more.
create table hook_catch_ups (
    -- Whose app it is; the nil UUID: the environment's.
    tenant_id uuid not null,
    provider text not null,
    caught_up_to timestamptz not null,
    due_at timestamptz not null,
    error text,
    primary key (tenant_id, provider)
);

-- When any process last was at work. One row: a gap in it is an outage, after which deliveries are fetched back at once.
create table heartbeat (
    is_it boolean primary key default true check (is_it),
    at timestamptz not null
);

-- A push that names a site by its address.
create index connection_resources_by_url on connection_resources (url) where url is not null;
