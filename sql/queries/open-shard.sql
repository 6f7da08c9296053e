-- $1 shard; $2 model version. The photos that are still pending, and the mark that work began.
with opened as (
  update nightjar.shards set started_at = coalesce(started_at, now()) where id = $1
  returning photo_ids
)
select p.id::text as id, p.source, p.key, p.etag, p.size::double precision as size, p.last_modified
from opened, unnest(opened.photo_ids) with ordinality as planned(photo_id, position)
join nightjar.photos p on p.id = planned.photo_id
where not exists (select from nightjar.predictions r
                  where r.photo_id = p.id and r.model_version_id = $2)
  and not exists (select from nightjar.rejects j
                  where j.photo_id = p.id and j.model_version_id = $2 and j.final)
order by planned.position
