-- $1 id. Null scopes of an id that is not there: whether there ever was a key is answered all the same. One
-- that was revoked counts: who ends the last key does not mean to let everybody in.
select k.scopes, encode(k.hash, 'hex') as hash, exists (select from nightjar.api_keys) as "anyKey"
from (select 1) one
left join nightjar.api_keys k on k.id = $1 and k.revoked_at is null
