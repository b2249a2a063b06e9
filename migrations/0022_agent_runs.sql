-- What the agent did for whom.

-- One run. Deleted when it is older than AGENT_RETENTION_DAYS, and with the person.
create table agent_runs (
    tenant_id uuid not null,
    -- A UUIDv7: its age is in it.
    id uuid not null,
    user_id uuid not null,
    -- The id of the thread's first run: later ones go on where it ended.
    thread_id uuid not null,
    state text not null default 'running'
        check (state in ('running', 'awaiting_approval', 'completed', 'cancelled', 'failed')),
    -- Why it has ended, in one word.
    reason text,
    model text not null,
    steps integer not null default 0,
    input_tokens bigint not null default 0,
    output_tokens bigint not null default 0,
    cache_write_tokens bigint not null default 0,
    cache_read_tokens bigint not null default 0,
    -- Millionths of a dollar. Null: the operator has named no prices.
    cost_microdollars bigint,
    -- The process that runs it, and until when it has said so. One that has run out belongs to a process that is gone.
    held_by uuid not null,
    held_until timestamptz not null,
    cancel_requested boolean not null default false,
    created_at timestamptz not null,
    ended_at timestamptz,
    primary key (tenant_id, id),
    check ((ended_at is null) = (state in ('running', 'awaiting_approval')))
);
-- One run at a time in a thread, whatever the process: two would speak into each other's conversation.
create unique index agent_runs_open_in_thread on agent_runs (tenant_id, thread_id) where ended_at is null;
-- A person's runs, the newest first, and how many are open.
create index agent_runs_of_person on agent_runs (tenant_id, user_id, id desc);
-- The conversation of a thread.
create index agent_runs_of_thread on agent_runs (tenant_id, thread_id, id);
-- For the sweeps over all tenants: what a killed process has left, and what is old.
create index agent_runs_held on agent_runs (held_until) where ended_at is null;
create index agent_runs_by_age on agent_runs (id);

-- What was said in a run, in its order. Deleted with the run.
create table agent_turns (
    tenant_id uuid not null,
    run_id uuid not null,
    position integer not null,
    role text not null check (role in ('user', 'assistant')),
    -- The blocks as the model's API has them, without what looks like a credential.
    content jsonb not null,
    created_at timestamptz not null,
    primary key (tenant_id, run_id, position),
    foreign key (tenant_id, run_id) references agent_runs (tenant_id, id) on delete cascade
);

-- Calls that a person was asked about. Deleted with the run.
create table agent_approvals (
    tenant_id uuid not null,
    run_id uuid not null,
    -- The model's id of the call.
    call_id text not null,
    tool text not null,
    arguments jsonb not null,
    decision text check (decision in ('approved', 'refused', 'unanswered')),
    asked_at timestamptz not null,
    decided_at timestamptz,
    primary key (tenant_id, run_id, call_id),
    foreign key (tenant_id, run_id) references agent_runs (tenant_id, id) on delete cascade
);
