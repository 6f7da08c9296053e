-- Photos at or below their watermark whose reject is not final, by source and model version: with
-- those above it they are all that is pending.
select p.source, j.model_version_id as "modelVersionId", count(*)::integer as pending,
  min(p.last_modified) as "oldestPendingAt", min(p.first_listed_at) as "pendingSince"
from nightjar.rejects j
cross join lateral (
  select * from nightjar.photos p where p.id = j.photo_id and p.superseded_at is null limit 1) p
join nightjar.watermarks w on w.source = p.source and w.model_version_id = j.model_version_id
where not j.final and p.id <= w.photo_id
group by p.source, j.model_version_id
