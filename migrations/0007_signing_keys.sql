-- Rotation of the keys that sign JWTs.
--
-- A key is published as soon as its row is there, signs from `active_from` until `retired_at`, stays published until the
-- last token it signed has expired everywhere, and is deleted by the hourly sweep after that. A successor is written, and
-- its predecessor's end with it, some minutes before it takes over, so that every replica and every cached JWKS knows a key
-- before the first token of it arrives. `signing_keys_current` (0001) keeps its meaning: of each algorithm one key has no
-- end yet. It decides between replicas: a successor is only written by whoever gave its predecessor an end, and of those
-- who find no key at all one inserts.

-- From when on the key signs; before that it is only published. Null in rows of the release before, which signed from the
-- moment they were made.
alter table signing_keys add column active_from timestamptz;

-- An algorithm without code here could neither be loaded nor published; and a key that ends before it begins would leave
-- its successor alone with tokens of nobody.
alter table signing_keys
    add check (algorithm in ('EdDSA', 'ES256', 'RS256')),
    add check (retired_at is null or retired_at >= coalesce(active_from, created_at));

-- No further index: the table holds two or three rows, and every question about them reads all.

comment on column signing_keys.public_key is
    'Ed25519: 32 bytes; P-256: the uncompressed point; RSA: RSAPublicKey in DER. For whoever looks at the table: what is published is worked out from the private half, which only opens under JWT_SECRET, so that writing here publishes nothing.';
