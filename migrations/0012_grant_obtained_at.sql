-- When the vendor gave the tokens that are stored. Together with `expires_at` it says how long they live in all, so that a
-- caller who wants a token for longer than that is told so, instead of having the grant renewed again and again. Null: from
-- before this column, and nothing is known until the next refresh.
alter table grants add column obtained_at timestamptz;
