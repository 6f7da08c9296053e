-- $1 shard; $2 model version, $3 run, $4 reprocess mode. The photos that are still pending. `limit 1`
-- keeps the planner to the indexes: a shard must never cost the whole table.
select p.id::text as id, p.source, p.key, p.etag, p.size::double precision as size,
  p.last_modified as "lastModified", crashed.there is not null as suspect
from nightjar.shards s
cross join unnest(s.photo_ids) with ordinality as planned(photo_id, position)
cross join lateral (
  select p.* from nightjar.photos p where p.id = planned.photo_id limit 1) p
left join lateral (
  select true as there from nightjar.predictions r
  where r.photo_id = p.id and r.model_version_id = $2
    and ($4 <> 'completed' or r.run_id = $3) limit 1) predicted on true
left join lateral (
  select true as there from nightjar.rejects j
  where j.photo_id = p.id and j.model_version_id = $2 and j.final
    and ($4 = 'none' or j.run_id = $3) limit 1) rejected on true
left join lateral (
  select true as there from nightjar.photo_crashes c
  where c.photo_id = p.id and c.model_version_id = $2 limit 1) crashed on true
where s.id = $1 and predicted.there is null and rejected.there is null
order by planned.position
