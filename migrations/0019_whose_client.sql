-- What a hook was made with and when a grant was given is known of each: what is entered or told later does not change it.

-- With which client it was registered, where the vendor signs with the client's secret. Null: not known, the client of now.
alter table hooks add column client_id text;
update hooks h
set client_id = g.client_id
from grants g
where (g.tenant_id, g.connection_id) = (h.tenant_id, h.connection_id)
  and g.role = 'primary';

-- When it was last consented to; what arrived from the vendor before is about a grant that has been replaced. Null: not
-- known, when it was made.
alter table connections add column consented_at timestamptz;
