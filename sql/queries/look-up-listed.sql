-- $1 source; $2 keys, $3 etags of one page of its listing; $4 model version.
-- Pending is derived: neither a prediction nor a final reject.
select
  p.id::text as photo_id,
  exists (select from nightjar.predictions r
          where r.photo_id = p.id and r.model_version_id = $4)
  or exists (select from nightjar.rejects j
             where j.photo_id = p.id and j.model_version_id = $4 and j.final) as done,
  coalesce((select c.crashes from nightjar.photo_crashes c
            where c.photo_id = p.id and c.model_version_id = $4), 0) as crashes
from unnest($2::text[], $3::text[]) as l(key, etag)
join nightjar.photos p on p.source = $1 and p.key = l.key and p.etag = l.etag
