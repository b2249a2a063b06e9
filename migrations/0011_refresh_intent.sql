-- A refresh that a killed process left half done is recognised, and what happens to a connection is told although no
-- delivery said so.

-- What is known about calls to the vendor with this version's refresh token. Written in the statement that takes the
-- lease, before the vendor hears anything; gone with the version, or with an answer that says nothing was replaced.
alter table grants
    -- Calls begun whose answer nobody has, the one under way included.
    add column refresh_attempts smallint not null default 0,
    -- Since when the vendor may have replaced the refresh token without our having it, by the database's clock. Null: it
    -- has not.
    add column refresh_begun_at timestamptz;

-- A change that a refresh or a person made has no delivery. Such a signal is written once because the change is: both are
-- one transaction that holds the connection's row.
alter table signals alter column delivery_id drop not null;
alter table signals drop constraint signals_tenant_id_delivery_id_connection_id_ordinal_key;
create unique index signals_once on signals (tenant_id, delivery_id, connection_id, ordinal) nulls not distinct
    where delivery_id is not null;
