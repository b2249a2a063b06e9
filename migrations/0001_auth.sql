-- The auth service: who people are, how they prove it, which browsers are signed in, and the keys that sign JWTs.
--
-- Every time is written by the service, from its own clock, so that no column has a default of now().
-- Changes to these tables follow expand/contract: add, write both, move, then drop in a later release.

-- A person. The id is a version 7 UUID, so inserts stay at the right edge of the primary key; on the wire it is its 32 hex
-- digits. Deleted when the person deletes themself; everything below that refers to the row goes along.
create table users (
    id uuid primary key,
    -- May be empty: sign-up takes an empty name.
    name text not null,
    -- Stored as compared: in lower case. The check keeps any other writer from making a second "Ada@…" beside "ada@…".
    -- The unique index is what decides between two sign-ups that race, and what sign-in finds the person by.
    email text not null unique check (email = lower(email)),
    email_verified boolean not null,
    image text,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

-- One way for a person to sign in: 'credential' is the password; a social provider's slug comes with its account id.
-- Deleted when the person unlinks it, or with the person.
create table accounts (
    id uuid primary key,
    user_id uuid not null references users (id) on delete cascade,
    provider_id text not null,
    -- The provider's id of the account; for 'credential' the person's own id, as 32 hex digits.
    account_id text not null,
    -- Argon2id in the PHC format, which names its own parameters. Only a credential has one.
    password_hash text check (provider_id = 'credential' or password_hash is null),
    created_at timestamptz not null,
    updated_at timestamptz not null,
    -- One account at a provider belongs to one person. This is the key that a social sign-in looks up.
    unique (provider_id, account_id)
);

-- Listing a person's accounts, and the cascade from users, which would otherwise scan the table.
create index accounts_user on accounts (user_id);

-- One signed-in browser. Deleted at sign-out, when it is presented after it has expired, by the hourly sweep, and with the
-- person.
create table sessions (
    id uuid primary key,
    -- SHA-256 of the token: somebody who reads this table holds no session. The token itself has 190 random bits, so a
    -- plain digest is enough. Every request finds its session by this key.
    token_hash bytea not null unique check (octet_length(token_hash) = 32),
    user_id uuid not null references users (id) on delete cascade,
    expires_at timestamptz not null,
    -- False: the person asked not to be remembered, and the session is never renewed.
    remember boolean not null,
    -- Empty where no trusted proxy named one.
    ip_address text not null,
    user_agent text not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

-- Listing and revoking a person's sessions, and the cascade from users.
create index sessions_user on sessions (user_id);

-- The hourly sweep reads only what has expired.
create index sessions_expiry on sessions (expires_at);

-- The key pairs of the JWKS. A row is retired when its successor takes over, stays published until the last token it
-- signed has expired, and is deleted after that.
create table signing_keys (
    -- 32 letters and digits; stands in the header of every token.
    kid text primary key,
    -- The JOSE name, 'EdDSA'.
    algorithm text not null,
    -- The raw public half, 32 bytes for Ed25519.
    public_key bytea not null,
    -- PKCS#8, sealed under a key derived from JWT_SECRET and bound to this row.
    private_key bytea not null,
    created_at timestamptz not null,
    retired_at timestamptz
);

-- One key per algorithm signs at any moment. Replicas that start together on an empty table all try to insert; this index
-- lets one of them win and the others read the winner's key.
create unique index signing_keys_current on signing_keys (algorithm) where retired_at is null;
