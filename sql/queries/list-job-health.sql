-- $1 how far back skipped ticks are counted. One row a job that ever had a run. Every part finds its
-- rows by runs_job; only runs of kind `run` count: a backfill says nothing about tonight.
with recursive names as (
  (select job from nightjar.runs order by job limit 1)
  union all
  select (select r.job from nightjar.runs r where r.job > n.job order by r.job limit 1)
  from names n where n.job is not null
)
select n.job, first.logical_time as "firstRunAt",
  exists (select from nightjar.runs r where r.job = n.job and r.kind = 'run'
            and r.trigger in ('schedule', 'catchup')) as ticked,
  good_window.run as "lastGoodWindow", good_run.run as "lastGoodRun", latest.run as "latestRun",
  coalesce(newest.paused, false) as paused,
  (select count(*) from nightjar.runs r
   where r.job = n.job and r.kind = 'run'
     and r.status in ('failed', 'over_error_budget', 'not_reconciled', 'crashed')
     and r.logical_time > coalesce((good_run.run ->> 'logicalTime')::timestamptz, '-infinity')
  )::integer as "consecutiveFailures",
  coalesce(skipped.ticks, '{}') as "skippedTicks"
from names n
cross join lateral (
  select r.logical_time from nightjar.runs r
  where r.job = n.job and r.kind = 'run' order by r.logical_time limit 1) first
left join lateral (
  select r.status = 'skipped' and r.skip_reason = 'paused' as paused from nightjar.runs r
  where r.job = n.job and r.kind = 'run' order by r.logical_time desc limit 1) newest on true
left join lateral (
  select jsonb_build_object('run', r.id, 'logicalTime', r.logical_time, 'finishedAt', r.finished_at) as run
  from nightjar.runs r
  where r.job = n.job and r.kind = 'run' and r.status = 'done' and r.trigger in ('schedule', 'catchup')
  order by r.logical_time desc limit 1) good_window on true
left join lateral (
  select jsonb_build_object('run', r.id, 'logicalTime', r.logical_time, 'finishedAt', r.finished_at) as run
  from nightjar.runs r
  where r.job = n.job and r.kind = 'run' and r.status = 'done'
  order by r.logical_time desc limit 1) good_run on true
left join lateral (
  select jsonb_build_object('run', r.id, 'logicalTime', r.logical_time, 'finishedAt', r.finished_at,
    'status', r.status, 'trigger', r.trigger, 'listed', r.listed, 'alreadyDone', r.already_done, 'predicted', r.predicted,
    'rejected', r.rejected, 'pending', r.pending, 'error', r.error,
    'seconds', extract(epoch from r.finished_at - r.started_at)) as run
  from nightjar.runs r
  where r.job = n.job and r.kind = 'run' and r.status not in ('queued', 'running', 'skipped')
  order by r.logical_time desc limit 1) latest on true
left join lateral (
  select jsonb_object_agg(s.reason, s.ticks) as ticks
  from (
    select coalesce(r.skip_reason, 'overlap') as reason, count(*) as ticks
    from nightjar.runs r
    where r.job = n.job and r.kind = 'run' and r.status = 'skipped'
      and r.logical_time > now() - $1::interval
    group by 1) s) skipped on true
where n.job is not null
order by n.job
