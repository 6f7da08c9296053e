-- $1 shard; $2 model version, $3 run, $4 reprocess mode. The photos that are still pending.
select p.id::text as id, p.source, p.key, p.etag, p.size::double precision as size,
  p.last_modified as "lastModified",
  exists (select from nightjar.photo_crashes c
          where c.photo_id = p.id and c.model_version_id = $2) as suspect
from nightjar.shards s
cross join unnest(s.photo_ids) with ordinality as planned(photo_id, position)
join nightjar.photos p on p.id = planned.photo_id
where s.id = $1
  and not exists (select from nightjar.predictions r
                  where r.photo_id = p.id and r.model_version_id = $2
                    and ($4 <> 'completed' or r.run_id = $3))
  and not exists (select from nightjar.rejects j
                  where j.photo_id = p.id and j.model_version_id = $2 and j.final
                    and ($4 = 'none' or j.run_id = $3))
order by planned.position
