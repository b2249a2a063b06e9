-- A delivery's row is long, and was written a second time for the one word that says what became of it: a fifth of what the database
-- did for a webhook. Now it is stored as what it will probably become (what the last one of its kind became), and written again only
-- where it turns out otherwise. While it has a row in delivery_queue, that one says how it stands.
--
-- A replica of the version before still writes and reads the word in the row itself: until it is gone, it may show what waits as done.
comment on column deliveries.state is
    'done, ignored or unclaimed: once it has no row in delivery_queue. Before that see delivery_states.';

-- How each delivery stands, for people who ask with SQL.
create view delivery_states as
select d.tenant_id,
       d.id,
       d.provider,
       d.event,
       d.delivery_id,
       d.hook_id,
       d.received_at,
       case q.state when 'ready' then 'pending' when 'dead' then 'dead' else d.state end as state,
       q.attempts,
       q.next_attempt_at,
       q.error
from deliveries d
left join delivery_queue q on q.tenant_id = d.tenant_id and q.delivery_id = d.id;
