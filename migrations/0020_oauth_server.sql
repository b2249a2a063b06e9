-- The auth service as an authorization server: programs (clients) that people let act for them at one of our resources, what
-- they were let to do, and the codes and refresh tokens in which that is handed out.
--
-- Everything a person has given hangs on their consent: taking it back, and whatever ends all of a person's consents, is one
-- delete, and codes and refresh tokens go along.

-- A program that may ask people. Deleted by the hourly sweep a month after it was last allowed anything, if nobody's consent
-- names it any more; everything of its own goes along.
create table oauth_clients (
    -- Chosen here for a program that registered itself ('c_…'); for one that is described by a document, the document's URL.
    -- The two cannot meet, so nobody registers as somebody else. At most what an index can hold.
    id text primary key check (char_length(id) between 1 and 2048),
    kind text not null check (kind in ('registered', 'document')),
    -- What it calls itself, to be shown and never believed; may be empty.
    name text not null check (char_length(name) <= 200),
    -- Where answers may go, compared whole.
    redirect_uris text[] not null check (cardinality(redirect_uris) between 1 and 20),
    -- Whether it is given refresh tokens.
    refreshes boolean not null,
    auth_method text not null check (auth_method in ('none', 'client_secret_basic', 'client_secret_post')),
    -- SHA-256 of the secret, which has 256 random bits. There is one exactly where the program said that it can keep one, and
    -- never for a document, which anybody can read.
    secret_hash bytea check (octet_length(secret_hash) = 32),
    created_at timestamptz not null,
    -- When the document was read; another look is taken when that is long ago.
    read_at timestamptz,
    -- When it was registered, read for the first time, or allowed something, whichever came last.
    used_at timestamptz not null,
    check ((auth_method = 'none') = (secret_hash is null)),
    check ((kind = 'document') = (read_at is not null)),
    check (kind = 'registered' or auth_method = 'none')
);

-- The hourly sweep reads only what has not been used for long.
create index oauth_clients_use on oauth_clients (used_at);

-- What a person allows a client at a resource. Deleted when the person takes it back, signs out everywhere or gets a new
-- password, with the person, with the client, and by the hourly sweep when it was neither given nor used for a year.
create table oauth_consents (
    id uuid primary key,
    user_id uuid not null references users (id) on delete cascade,
    client_id text not null references oauth_clients (id) on delete cascade,
    -- The audience of the tokens, letter by letter.
    resource text not null,
    -- Everything that was ever allowed under this consent. Each code and each family of refresh tokens has its own part of it.
    scopes text[] not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    -- One row a person, client and resource; this is the key by which a consent is remembered and listed.
    unique (user_id, client_id, resource)
);

-- The cascade from clients, and the sweep's question whether a client has any.
create index oauth_consents_client on oauth_consents (client_id);

-- The hourly sweep.
create index oauth_consents_update on oauth_consents (updated_at);

-- A code on its way through a browser. Works once, for a minute. Stays for a day after that, so that a second use is
-- recognised and ends what the first one gave; then the hourly sweep deletes it. Gone with the consent.
create table oauth_codes (
    -- SHA-256 of the code, which has 256 random bits.
    code_hash bytea primary key check (octet_length(code_hash) = 32),
    consent_id uuid not null references oauth_consents (id) on delete cascade,
    redirect_uri text not null,
    -- Whether the request named it; then the token request must as well.
    redirect_sent boolean not null,
    scopes text[] not null,
    -- PKCE, S256.
    challenge text not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    -- The family of refresh tokens that it was exchanged for. Without a foreign key: a family that has ended needs no ending.
    family_id uuid
);

-- The cascade from consents.
create index oauth_codes_consent on oauth_codes (consent_id);

-- The hourly sweep.
create index oauth_codes_expiry on oauth_codes (expires_at);

-- The refresh tokens that descend from one code: each is exchanged for the next. One row a family, however often that happens:
-- a token names its family, and whatever names it without being its present token has been used before. Deleted when that
-- happens, when the client hands a token back, when the code is used again, by the hourly sweep, and with the consent.
create table oauth_refresh_families (
    id uuid primary key,
    consent_id uuid not null references oauth_consents (id) on delete cascade,
    scopes text[] not null,
    -- SHA-256 of the token that can be exchanged now. Rotating compares and sets it, so that of two who come with the same
    -- token one rotates.
    current_hash bytea not null check (octet_length(current_hash) = 32),
    -- Of the one before it, whose answer may have been lost: for some seconds after `rotated_at` it brings the same successor.
    previous_hash bytea check (octet_length(previous_hash) = 32),
    rotated_at timestamptz not null,
    created_at timestamptz not null,
    -- When nobody has refreshed for long; moves with each rotation, up to `ends_at`.
    expires_at timestamptz not null,
    ends_at timestamptz not null
);

-- The cascade from consents, the bound on families a consent, and when a consent was last used.
create index oauth_refresh_families_consent on oauth_refresh_families (consent_id, created_at);

-- The hourly sweep.
create index oauth_refresh_families_expiry on oauth_refresh_families (expires_at);
