-- $1 codes, $2 run, $3 sources, $4 model version, $5 final: null for any; $6 photo and $7 model version
-- of the last row of the batch before; $8 how many. A photo that was taken for the cause of a crash
-- starts without that suspicion, or its next crash would be its last.
with batch as (
  select j.photo_id, j.model_version_id, j.run_id, j.code
  from nightjar.rejects j
  join nightjar.photos p on p.id = j.photo_id and p.superseded_at is null
  where ($1::text[] is null or j.code = any ($1))
    and ($2::bigint is null or j.run_id = $2)
    and ($3::text[] is null or p.source = any ($3))
    and ($4::integer is null or j.model_version_id = $4)
    and ($5::boolean is null or j.final = $5)
    and (j.final or j.attempts > 0)
    and (j.photo_id, j.model_version_id) > ($6::bigint, $7::integer)
  order by j.photo_id, j.model_version_id
  limit $8
  for update of j
), innocent as (
  delete from nightjar.photo_crashes c using batch b
  where b.code = 'PHOTO_CRASHES_WORKER'
    and c.photo_id = b.photo_id and c.model_version_id = b.model_version_id
), retried as (
  update nightjar.rejects j set final = false, attempts = 0
  from batch b
  where j.photo_id = b.photo_id and j.model_version_id = b.model_version_id
)
select b.photo_id::text as photo, b.model_version_id as "modelVersionId",
  b.code, m.name || '@' || v.version as model, u.job
from batch b
join nightjar.model_versions v on v.id = b.model_version_id
join nightjar.models m on m.id = v.model_id
join nightjar.runs u on u.id = b.run_id
order by b.photo_id, b.model_version_id
