-- The rest of signing in: tokens of linked accounts, the links we mail, social sign-ins under way, and people who come
-- from a Better Auth database.

-- The tokens a social provider gave us, each sealed under a key derived from JWT_SECRET and bound to its row. Gone with the
-- account.
alter table accounts
    add column access_token bytea,
    add column refresh_token bytea,
    add column id_token bytea,
    add column access_token_expires_at timestamptz,
    add column refresh_token_expires_at timestamptz,
    -- What the person granted; null for a password.
    add column scopes text[],
    -- Who refreshes these tokens, until when: a provider that rotates them must be asked once.
    add column refresh_lease uuid,
    add column refresh_lease_expires_at timestamptz;

-- The id a person had in the Better Auth database they were imported from, where that was not a UUID. It makes the import
-- repeatable and lets an operator map what other systems remember.
alter table users add column imported_id text unique;

-- A link that was mailed. Deleted a day after it expired, by the hourly sweep, and with the person.
create table links (
    -- SHA-256 of the token: somebody who reads this table can open no link. The token has at least 140 random bits.
    token_hash bytea primary key check (octet_length(token_hash) = 32),
    -- A token opens only what it was made for.
    purpose text not null
        check (purpose in ('reset_password', 'verify_email', 'confirm_email_change', 'change_email', 'delete_user')),
    user_id uuid not null references users (id) on delete cascade,
    -- The address whose mailbox the link proves or leads to, in lower case; for a change, the new one.
    email text not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    -- A link works once. It stays here until it is swept, so that a second click can be told from a forged one.
    used_at timestamptz
);

-- The cascade from users.
create index links_user on links (user_id);

-- The hourly sweep reads only what has expired.
create index links_expiry on links (expires_at);

-- A social sign-in, or the linking of an account, between the start and the provider's redirect. Deleted when that comes
-- back, by the hourly sweep, and with the session that wanted to link.
create table sign_in_states (
    -- SHA-256 of the state. The browser holds the state itself in a signed cookie.
    state_hash bytea primary key check (octet_length(state_hash) = 32),
    provider_id text not null,
    -- The PKCE verifier, sealed.
    verifier bytea not null,
    redirect_uri text not null,
    scopes text[] not null,
    callback_url text not null,
    new_user_url text,
    error_url text,
    -- Set where an account is linked: the session that began it must still live when it ends.
    link_session_id uuid references sessions (id) on delete cascade,
    expires_at timestamptz not null
);

create index sign_in_states_session on sign_in_states (link_session_id);
create index sign_in_states_expiry on sign_in_states (expires_at);
