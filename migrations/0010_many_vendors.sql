-- What the vendors beyond the first two need: several grants of one connection, places that a grant opens, parameters of
-- addresses, and client credentials per tenant.

-- One consent can bring the app's tokens and the person's: each is a grant of its own, with its own refresh.
alter table grants
    add column role text not null default 'primary' check (role in ('primary', 'user')),
    -- Which client obtained it: a refresh token works for its own client only, and a tenant's client may have been entered
    -- after the connection was made. Null: pasted, or from before this column.
    add column client_id text;

-- The key gains the role. No release has written grants under the old key alone, so this is no change under anybody's feet.
alter table grants drop constraint grants_pkey;
alter table grants add primary key (tenant_id, connection_id, role);

-- What addresses are built from: a subdomain, a data centre. Nothing secret; checked again whenever an address is built.
alter table connections
    add column parameters jsonb not null default '{}',
    -- When the consent ends whatever is done; a copy of what is sealed, so that lists can show it.
    add column reauth_due_at timestamptz;
alter table oauth_states add column parameters jsonb not null default '{}';
alter table connect_starts add column parameters jsonb not null default '{}';
alter table pending_connections
    add column parameters jsonb not null default '{}',
    add column resources jsonb not null default '[]',
    add column client_id text;

-- The places one grant opens where there are several (sites, workspaces). Written whole at each connect and whenever the
-- vendor is asked again; deleted with the connection's row.
create table connection_resources (
    tenant_id uuid not null,
    connection_id uuid not null,
    -- The vendor's id, by which its webhooks and the operators name the place. The same id can stand for two products.
    external_id text not null,
    kind text not null,
    name text not null,
    url text,
    scopes text[] not null,
    primary key (tenant_id, connection_id, external_id, kind),
    foreign key (tenant_id, connection_id) references connections (tenant_id, id) on delete cascade
);

-- A delivery names a place, not a tenant.
create index connection_resources_by_id on connection_resources (external_id);

-- A tenant's own client at a provider, which wins over the environment's. Deleted when an operator deletes it; connections
-- made with it then need a new consent.
create table provider_configs (
    tenant_id uuid not null references tenants (id),
    provider text not null,
    client_id text not null,
    -- Null: this deployment's own callback.
    redirect_uri text,
    -- Asked for in place of the provider's usual ones.
    scopes text[],
    app_name text,
    app_id text,
    -- Client secret, webhook secrets and private key, as JSON.
    sealed bytea not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (tenant_id, provider)
);
