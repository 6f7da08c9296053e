-- $1 an interval. Rejects of current photos by reason, with one as an example; `recent`: in the last $1.
-- The view reject_summary says the same and reads all photos for it; this reads the rejected ones.
select p.source, m.name || '@' || v.version as model, j.stage, j.code, j.final,
  count(*)::integer as photos, count(*) filter (where j.last_rejected_at > now() - $1::interval)::integer as recent,
  max(j.attempts) as "maxAttempts", max(j.last_rejected_at) as "lastRejectedAt",
  min(p.key || ': ' || j.message) as example
from nightjar.rejects j
cross join lateral (
  select p.source, p.key from nightjar.photos p
  where p.id = j.photo_id and p.superseded_at is null limit 1) p
join nightjar.model_versions v on v.id = j.model_version_id
join nightjar.models m on m.id = v.model_id
group by 1, 2, 3, 4, 5
order by photos desc, j.code, p.source, 2
