-- Operator tokens that may do only what they are for, beside those of the environment, which may do everything.
--
-- Written and revoked by `connectors tokens`, read by the doors at every request that shows such a token: no process keeps
-- a copy, so a revocation holds from the next request on.

-- Deleted by nothing: a backend has a handful, and the audit log names them by fingerprint, which has to resolve to a label
-- long after the token has ended. A token's end is `expires_at` or `revoked_at`, whichever comes first.
create table operator_tokens (
    id uuid primary key,
    -- SHA-256 of the token: somebody who reads this table holds none. A token has 256 random bits, so a plain digest is
    -- enough, and finding it by an index tells nothing by its timing: whoever can steer a digest already has the token.
    token_hash bytea not null unique check (octet_length(token_hash) = 32),
    -- What a person calls it. Not unique: a successor may have the name of its predecessor.
    label text not null check (char_length(label) between 1 and 100),
    -- Null: all of them, those that are made later included. Without a foreign key: a tenant that is gone opens nothing.
    tenants uuid[],
    -- Null: all of them. Slugs.
    providers text[],
    -- Always listed, so that a token never gains an action that a later release adds. A word that a release does not know
    -- allows nothing; the words are not checked here, for then a new action would need a migration.
    actions text[] not null check (cardinality(actions) > 0),
    created_at timestamptz not null,
    -- Every token ends; how long it may last is decided where it is made.
    expires_at timestamptz not null check (expires_at > created_at),
    -- To the minute: written at most once in one, after the answer has begun.
    last_used_at timestamptz,
    revoked_at timestamptz
);

-- No further index: `connectors tokens list` reads all rows, everything else finds one by its id or its hash.
