-- $1 source; $2 keys, $3 etags of one page of its listing; $4 model version; $5 run, $6 reprocess mode.
-- Pending is derived: neither a prediction nor a final reject. `limit 1` keeps the planner to the
-- indexes: a page must never cost the whole table.
select
  p.id::text as "photoId", l.key, l.etag,
  coalesce(predicted.there, rejected.there, false) as done,
  coalesce(crashed.crashes, 0) as crashes,
  p.size::double precision as size,
  p.last_modified as "modifiedAt",
  -- The camera's clock as if it were UTC: compared with windows given the same way.
  coalesce(p.captured_local, p.captured_at at time zone 'UTC') at time zone 'UTC' as "capturedClock"
from unnest($2::text[], $3::text[]) as l(key, etag)
cross join lateral (
  select p.id, p.size, p.last_modified, p.captured_local, p.captured_at from nightjar.photos p
  where p.source = $1 and p.key = l.key and p.etag = l.etag limit 1) p
left join lateral (
  select true as there from nightjar.predictions r
  where r.photo_id = p.id and r.model_version_id = $4
    and ($6 <> 'completed' or r.run_id = $5) limit 1) predicted on true
left join lateral (
  select true as there from nightjar.rejects j
  where j.photo_id = p.id and j.model_version_id = $4 and j.final
    and ($6 = 'none' or j.run_id = $5) limit 1) rejected on true
left join lateral (
  select c.crashes from nightjar.photo_crashes c
  where c.photo_id = p.id and c.model_version_id = $4 limit 1) crashed on true
