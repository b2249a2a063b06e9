-- What people allow their agents to use.

-- One tool of one source that one person has allowed. Written by the person, the whole list at once, which deletes what it no
-- longer names. Deleted besides when the connection that is its source ends, and with the tenant when the person is deleted.
create table agent_tools (
    tenant_id uuid not null,
    user_id uuid not null,
    -- connectors for the tools of this service, else the id of a connection. No foreign key: the one is no row, and the other's
    -- row outlives what hangs on it.
    source text not null,
    tool text not null,
    -- What the tool said of itself when it was allowed, as 64 hex digits: another one is not what was allowed.
    fingerprint text not null,
    -- never: the agent calls it by itself; each_call: the person is asked before each call.
    approval text not null check (approval in ('never', 'each_call')),
    -- Which arguments a call may have: limits by JSON pointer. Empty: any.
    arguments jsonb not null,
    allowed_at timestamptz not null,
    -- A person's whole list is one range of it, read before a run and written at once; and a tool is in it once. What the end of a
    -- connection takes away is looked for among the tenant's rows: a thousand a person at most.
    primary key (tenant_id, user_id, source, tool)
);
