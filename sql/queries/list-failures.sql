-- Rejects of current photos that have no prediction by the model version either, in the order of the
-- photos. $1 model version; null for any: $2 run, $3 source, $4 beginning of the key. $5 the last photo of the
-- page before, $6 how many.
select p.id::text as "photoId", p.key, j.code, j.message
from nightjar.rejects j
join nightjar.photos p on p.id = j.photo_id and p.superseded_at is null
where j.model_version_id = $1
  and j.photo_id > $5::bigint
  and ($2::bigint is null or j.run_id = $2)
  and ($3::text is null or p.source = $3)
  and ($4::text is null or starts_with(p.key, $4))
  and not exists (
    select from nightjar.predictions r
    where r.photo_id = j.photo_id and r.model_version_id = j.model_version_id)
order by j.photo_id
limit $6
