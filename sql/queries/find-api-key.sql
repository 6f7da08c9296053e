-- $1 id. Null scopes of an id that is not there: whether any key counts is answered all the same.
select k.scopes, encode(k.hash, 'hex') as hash,
  exists (select from nightjar.api_keys where revoked_at is null) as "anyKey"
from (select 1) one
left join nightjar.api_keys k on k.id = $1 and k.revoked_at is null
