-- What was asked for when the connection was made, beside `scopes`, which is what was granted: a person can untick scopes on
-- the vendor's page, and whoever needs one has to see that it was declined. Null: from before this column, or pasted.
alter table connections add column requested_scopes text[];
alter table pending_connections add column requested_scopes text[];
