-- $1 source; $2 model version; $3 its watermark; $4 since when it is wanted. The pending photos above
-- the watermark. Ordered as the index photos_of_source, in a session that does not sort, so that no other
-- way leads there: a source that was silent for long is not looked for among the others' photos. `limit 1`
-- keeps the planner from reading all predictions for a hash.
select count(*)::integer as pending, min(p.last_modified) as "oldestPendingAt",
  min(greatest(p.first_listed_at, $4::timestamptz)) as "pendingSince"
from (
  select p.id, p.last_modified, p.first_listed_at from nightjar.photos p
  where p.superseded_at is null and (p.source, p.id) > ($1, $3::bigint) and p.source <= $1
  order by p.source, p.id offset 0) p
left join lateral (
  select true as there from nightjar.predictions r
  where r.photo_id = p.id and r.model_version_id = $2 limit 1) predicted on true
left join lateral (
  select true as there from nightjar.rejects j
  where j.photo_id = p.id and j.model_version_id = $2 and j.final limit 1) rejected on true
where predicted.there is null and rejected.there is null
