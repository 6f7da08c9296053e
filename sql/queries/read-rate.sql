-- $1 an interval. Predictions in the last $1, and the last run that ended with new outcomes.
select
  (select coalesce(sum(recent.predictions), 0) from nightjar.model_versions v
   cross join lateral (
     select count(*) as predictions from nightjar.predictions r
     where r.model_version_id = v.id and r.predicted_at > now() - $1::interval) recent)::integer as predicted,
  last.run, last.photos_per_second as "lastRunPhotosPerSecond"
from (values (1)) one
left join lateral (
  select r.id::integer as run,
    u.outcomes / nullif(extract(epoch from r.finished_at - r.started_at), 0)::double precision
      as photos_per_second
  from nightjar.runs r
  cross join lateral (select coalesce(r.predicted, 0) + coalesce(r.rejected, 0) as outcomes) u
  where r.finished_at is not null and u.outcomes > 0
  order by r.id desc limit 1) last on true
