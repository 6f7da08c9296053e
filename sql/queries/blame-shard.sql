-- $1 shard whose worker died; $2 model version, $3 run, $4 reprocess mode; $5 crashes alone after which a
-- photo is rejected for good. Every photo without an outcome is a suspect; one that was alone in its
-- shard $5 times is the culprit. Answers those that are still to be done. `limit 1` keeps the planner to
-- the indexes.
with pending as (
  select planned.photo_id, planned.position, count(*) over () = 1 as alone
  from nightjar.shards s
  cross join unnest(s.photo_ids) with ordinality as planned(photo_id, position)
  left join lateral (
    select true as there from nightjar.predictions r
    where r.photo_id = planned.photo_id and r.model_version_id = $2
      and ($4 <> 'completed' or r.run_id = $3) limit 1) predicted on true
  left join lateral (
    select true as there from nightjar.rejects j
    where j.photo_id = planned.photo_id and j.model_version_id = $2 and j.final
      and ($4 = 'none' or j.run_id = $3) limit 1) rejected on true
  where s.id = $1 and predicted.there is null and rejected.there is null
), counted as (
  insert into nightjar.photo_crashes as c (photo_id, model_version_id, crashes, crashes_alone)
  select photo_id, $2, 1, alone::integer from pending
  on conflict (photo_id, model_version_id) do update
  set crashes = c.crashes + 1, crashes_alone = c.crashes_alone + excluded.crashes_alone
  returning photo_id, crashes, crashes_alone
), convicted as (
  insert into nightjar.rejects as j (
    photo_id, model_version_id, run_id, stage, code, message, attempts, final)
  select photo_id, $2, $3, 'model', 'PHOTO_CRASHES_WORKER',
    format('Expected an outcome but the process died %s times, the last %s with this photo alone in hand',
      crashes, crashes_alone),
    crashes, true
  from counted
  where crashes_alone >= $5
  on conflict (photo_id, model_version_id) do update
  set run_id = excluded.run_id, stage = excluded.stage, code = excluded.code,
      message = excluded.message, attempts = excluded.attempts, final = true, last_rejected_at = now()
  returning photo_id
)
select p.photo_id::text as "photoId"
from pending p
where not exists (select from convicted c where c.photo_id = p.photo_id)
order by p.position
