-- $1 run that died; $2 crashes alone after which a photo is rejected for good.
-- Every photo of a shard that was begun and not finished, and that has no outcome, is a suspect. One
-- that was alone in its shard $2 times is the culprit.
with suspects as (
  select planned.photo_id, u.model_version_id, cardinality(s.photo_ids) = 1 as alone
  from nightjar.runs u
  join nightjar.shards s on s.run_id = u.id
  cross join unnest(s.photo_ids) as planned(photo_id)
  where u.id = $1 and u.model_version_id is not null
    and s.started_at is not null and s.finished_at is null
    and not exists (select from nightjar.predictions r
                    where r.photo_id = planned.photo_id and r.model_version_id = u.model_version_id)
    and not exists (select from nightjar.rejects j
                    where j.photo_id = planned.photo_id and j.model_version_id = u.model_version_id
                      and j.final)
), counted as (
  insert into nightjar.photo_crashes as c (photo_id, model_version_id, crashes, crashes_alone)
  select photo_id, model_version_id, 1, alone::integer from suspects
  on conflict (photo_id, model_version_id) do update
  set crashes = c.crashes + 1, crashes_alone = c.crashes_alone + excluded.crashes_alone
  returning photo_id, model_version_id, crashes, crashes_alone
)
insert into nightjar.rejects as j (
  photo_id, model_version_id, run_id, stage, code, message, attempts, final)
select photo_id, model_version_id, $1, 'model', 'PHOTO_CRASHES_WORKER',
  format('Expected an outcome but the process died %s times, the last %s with this photo alone in hand',
    crashes, crashes_alone),
  crashes, true
from counted
where crashes_alone >= $2
on conflict (photo_id, model_version_id) do update
set run_id = excluded.run_id, stage = excluded.stage, code = excluded.code,
    message = excluded.message, attempts = excluded.attempts, final = true, last_rejected_at = now()
