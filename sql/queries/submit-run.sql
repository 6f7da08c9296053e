-- $1 job, $2 logical time, $3 trigger, $4 overlap rule, $5 failures in a row after which ticks are
-- skipped, or null, $6 kind; under a lock on the job, and with no row for this tick.
-- The pause concerns ticks, not people, and the job's overlap rule ticks, not backfills: of these one is
-- under way at a time, and none waits. `skip` allows one run at a time; `buffer_one` lets one more
-- wait. The history is read only where it is asked for: jobs may tick every minute for years.
with recovery as (
  select coalesce(max(finished_at), '-infinity') as at
  from nightjar.runs where job = $1 and kind = 'run' and status = 'done'
), verdict as (
  select case
    when $5::integer is not null and $3 in ('schedule', 'catchup') and $5::integer <= (
      select count(*) from nightjar.runs, recovery
      where job = $1 and kind = 'run' and trigger in ('schedule', 'catchup')
        and status in ('failed', 'crashed', 'over_error_budget', 'not_reconciled')
        and finished_at > recovery.at) then 'paused'
    when $6 = 'run' and exists (select from nightjar.runs
                 where job = $1 and kind = $6 and status = 'queued') then 'overlap'
    when ($4 = 'skip' or $6 <> 'run') and exists (select from nightjar.runs
                 where job = $1 and kind = $6 and status = 'running') then 'overlap'
  end as skip_reason
)
insert into nightjar.runs (job, logical_time, trigger, kind, status, skip_reason)
select $1, $2, $3, $6, case when skip_reason is null then 'queued' else 'skipped' end, skip_reason
from verdict
returning id::text as "runId", status, skip_reason as "skipReason", true as created,
  case when skip_reason = 'paused' then not exists (
    select from nightjar.runs p, recovery
    where p.job = $1 and p.kind = 'run' and p.skip_reason = 'paused' and p.created_at > recovery.at)
  else false end as "beginsPause"
