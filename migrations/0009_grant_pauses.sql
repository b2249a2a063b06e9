-- Until when a vendor that answered "too many requests" wants to hear nothing more from this grant. In the grant's row, for
-- all replicas share it, the limit is the account's whatever token it has, and disconnecting forgets it with the rest.
alter table grants add column paused_until timestamptz;
