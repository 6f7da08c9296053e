-- $1 run; $2 model version; $3 how many. The first of every reason, then the second of every reason,
-- so that a rare one is not hidden by a frequent one.
select p.key, picked.code, picked.message
from (
  select j.photo_id, j.code, j.message,
    row_number() over (partition by j.code order by j.photo_id) as nth,
    count(*) over (partition by j.code) as photos
  from nightjar.rejects j
  where j.run_id = $1 and j.model_version_id = $2
  order by nth, photos desc, j.code
  limit $3
) picked
join nightjar.photos p on p.id = picked.photo_id
order by picked.photos desc, picked.code, picked.nth
