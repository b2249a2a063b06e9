-- Tenants, their connections, and the grants behind them.
--
-- Keys of tenant rows begin with tenant_id, so that every index serves one tenant's rows together and the schema can be
-- distributed by tenant later without a change. Secrets are bytea columns named `sealed`: only ciphertext is stored.

-- Created by an operator, or for a person at first use. Deleted by nothing yet: a tenant outlives its connections.
create table tenants (
    id uuid primary key,
    -- 'personal' (id = user id) or 'organization'.
    kind text not null check (kind in ('personal', 'organization')),
    created_at timestamptz not null default now()
);

-- One account of one tenant at one provider. Kept when it ends (status 'revoked'), for its signals refer to it.
create table connections (
    tenant_id uuid not null references tenants (id),
    id uuid not null,
    provider text not null,
    kind text not null check (kind in ('account', 'installation')),
    account_id text not null,
    org_id text,
    display_name text not null,
    label text,
    -- The word, for filters; `status_detail` holds the whole state with its reason.
    status text not null,
    status_detail jsonb not null,
    scopes text[] not null default '{}',
    -- Null: shared by the whole tenant.
    owner_id uuid,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (tenant_id, id),
    -- Connecting the same account again renews the connection instead of adding a second one.
    unique (tenant_id, provider, kind, account_id)
);

-- The list pages by creation, newest first, with and without a provider.
create index connections_page on connections (tenant_id, created_at desc, id desc);
-- A delivery names an installation, an organisation or an account, not a tenant: these find whose it is.
create index connections_by_account on connections (provider, kind, account_id);
create index connections_by_org on connections (provider, org_id) where org_id is not null;

-- The tokens of a connection, one row each. Deleted when the connection is disconnected.
create table grants (
    tenant_id uuid not null,
    connection_id uuid not null,
    sealed bytea not null,
    -- Copies of what is sealed, so that the background refresh finds what ends soon without opening anything.
    expires_at timestamptz,
    -- When to renew ahead of the end; null where there is nothing to renew.
    refresh_at timestamptz,
    -- Moves with every replacement; a writer that read an older version replaces nothing.
    version bigint not null default 1,
    -- Whoever is refreshing now, and until when they may be believed to be alive.
    lease_owner uuid,
    lease_expires_at timestamptz,
    primary key (tenant_id, connection_id),
    foreign key (tenant_id, connection_id) references connections (tenant_id, id) on delete cascade
);

-- The background refresh asks for the earliest.
create index grants_due on grants (refresh_at) where refresh_at is not null;

-- A flow that has been started and not come back. Deleted when it comes back (single use) or by the sweep after it expires.
create table oauth_states (
    -- SHA-256 of the state: the table alone lets nobody finish a flow.
    state_hash bytea primary key,
    provider text not null,
    -- Both null: nobody was signed in, the callback yields a pending connection.
    tenant_id uuid,
    user_id uuid,
    -- SHA-256 of the browser's cookie. Null: an operator started it and will bring the redirect back itself.
    browser_hash bytea,
    -- As the audit log will name them; null: nobody was signed in.
    started_by text,
    redirect_uri text not null,
    -- The PKCE verifier.
    sealed bytea not null,
    kind text not null check (kind in ('account', 'installation')),
    scopes text[] not null,
    return_url text,
    label text,
    expires_at timestamptz not null
);

create index oauth_states_expiry on oauth_states (expires_at);

-- A start that waits for a browser to open its link. Same life as a state.
create table connect_starts (
    token_hash bytea primary key,
    provider text not null,
    tenant_id uuid not null,
    user_id uuid,
    started_by text not null,
    kind text not null check (kind in ('account', 'installation')),
    scopes text[] not null,
    return_url text,
    label text,
    expires_at timestamptz not null
);

create index connect_starts_expiry on connect_starts (expires_at);

-- A connection nobody has claimed. Deleted when claimed by its link code or by the sweep, which revokes it at the vendor.
create table pending_connections (
    id uuid primary key,
    code_hash bytea not null unique,
    browser_hash bytea not null,
    provider text not null,
    account jsonb not null,
    scopes text[] not null,
    -- The grant, sealed for this row.
    sealed bytea not null,
    label text,
    expires_at timestamptz not null
);

create index pending_connections_expiry on pending_connections (expires_at);

-- Who did what to whose connection. Rows are only added, in the transaction of what they record.
create table audit_log (
    tenant_id uuid not null,
    id uuid not null,
    at timestamptz not null,
    -- 'operator:<token fingerprint>', 'user:<id>', 'provider:<slug>' or 'system'.
    actor text not null,
    action text not null,
    target text not null,
    detail jsonb not null default '{}',
    primary key (tenant_id, id)
);

-- One known value a key, sealed: opening it at start tells a wrong key before the first request does.
create table vault_canaries (
    key_id text primary key,
    sealed bytea not null
);
