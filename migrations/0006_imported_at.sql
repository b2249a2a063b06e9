-- When a person's rows were last taken over from a Better Auth database, by that database's clock; null for everybody who
-- did not come from there. A repeated import adds to a person only what came into being there after this time: what is
-- older and not here any more was removed here, and a session that was ended must not come back.
alter table users add column imported_at timestamptz;
