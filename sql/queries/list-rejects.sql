-- $1 codes, $2 run, $3 sources, $4 model version, $5 final: null for any. $6 time, $7 photo, $8 model
-- version of the last row of the page before, null for the first page; $9 how many. The newest first.
-- The time goes to and fro as text, as JavaScript's dates have no microseconds.
select j.photo_id::text as photo, p.source, p.key, m.name || '@' || v.version as model,
  j.run_id::text as run, j.stage, j.code, j.message, j.attempts, j.final,
  j.first_rejected_at as "firstRejectedAt", j.last_rejected_at as "lastRejectedAt",
  j.last_rejected_at::text as position_time, j.model_version_id as position_model
from nightjar.rejects j
join nightjar.photos p on p.id = j.photo_id and p.superseded_at is null
join nightjar.model_versions v on v.id = j.model_version_id
join nightjar.models m on m.id = v.model_id
where ($1::text[] is null or j.code = any ($1))
  and ($2::bigint is null or j.run_id = $2)
  and ($3::text[] is null or p.source = any ($3))
  and ($4::integer is null or j.model_version_id = $4)
  and ($5::boolean is null or j.final = $5)
  and ($6::timestamptz is null
       or (j.last_rejected_at, j.photo_id, j.model_version_id) < ($6, $7::bigint, $8::integer))
order by j.last_rejected_at desc, j.photo_id desc, j.model_version_id desc
limit $9
