-- What each source is waited on for: the model version that its jobs ask for now, and the one that
-- their latest run used. `wanted_since` is when a version was promoted or added: no photo waits longer.
with recursive names as (
  (select job from nightjar.runs order by job limit 1)
  union all
  select (select r.job from nightjar.runs r where r.job > n.job order by r.job limit 1)
  from names n where n.job is not null
), latest as (
  select n.job, r.source, r.model_version_id, v.model_id, v.added_at,
    coalesce(nullif(split_part(r.job_spec ->> 'model', '@', 2), ''), 'production') as alias
  from names n
  cross join lateral (
    select * from nightjar.runs r
    where r.job = n.job and r.kind = 'run' and r.source is not null and r.model_version_id is not null
    order by r.logical_time desc limit 1) r
  join nightjar.model_versions v on v.id = r.model_version_id
), asked as (
  select l.job, l.source, coalesce(a.model_version_id, l.model_version_id) as model_version_id,
    coalesce(a.promoted_at, l.added_at) as wanted_since
  from latest l
  left join nightjar.model_aliases a on a.model_id = l.model_id and a.alias = l.alias
), watched as (
  select job, source, model_version_id, wanted_since from asked
  union all
  select null, l.source, l.model_version_id, l.added_at from latest l
), listings as (
  select l.source, max(r.listed) as photos, max(r.predicted_at) as predicted_at
  from latest l
  cross join lateral (
    select
      (select r.listed from nightjar.runs r
       where r.job = l.job and r.kind = 'run' and r.status in ('done', 'over_error_budget')
       order by r.logical_time desc limit 1) as listed,
      (select r.finished_at from nightjar.runs r
       where r.job = l.job and r.kind = 'run' and r.predicted > 0 and r.finished_at is not null
       order by r.logical_time desc limit 1) as predicted_at) r
  group by l.source
)
select w.source, w.model_version_id as "modelVersionId", m.name || '@' || v.version as model,
  coalesce(array_agg(distinct w.job) filter (where w.job is not null), '{}') as jobs,
  max(w.wanted_since) as "wantedSince", coalesce(min(k.photo_id), 0)::text as watermark,
  max(g.photos)::integer as photos, max(g.predicted_at) as "lastPredictedAt"
from watched w
join nightjar.model_versions v on v.id = w.model_version_id
join nightjar.models m on m.id = v.model_id
join listings g on g.source = w.source
left join nightjar.watermarks k on k.source = w.source and k.model_version_id = w.model_version_id
group by w.source, w.model_version_id, m.name, v.version
order by w.source, w.model_version_id
