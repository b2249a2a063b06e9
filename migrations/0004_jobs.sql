-- Background work. A row is written in the transaction of what it follows from, so that neither happens without the other.
-- Finished rows are deleted at once; dead ones stay until a person has looked.
create table jobs (
    id uuid primary key,
    kind text not null,
    -- At most one waiting job a key: enqueuing it again is the same job.
    dedupe_key text not null,
    payload jsonb not null,
    state text not null default 'ready' check (state in ('ready', 'dead')),
    attempts integer not null default 0,
    run_at timestamptz not null,
    -- The worker's claim and fence: only the holder of this token may finish the job.
    lease_token uuid,
    lease_expires_at timestamptz,
    error text,
    created_at timestamptz not null default now()
);

create unique index jobs_waiting on jobs (kind, dedupe_key) where state = 'ready';
create index jobs_due on jobs (run_at) where state = 'ready';
