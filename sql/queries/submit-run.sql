-- $1 job, $2 logical time, $3 trigger, $4 overlap rule, $5 kind; under a lock on the job.
-- A run that is there already for this tick is left alone. `skip` allows one run at a time;
-- `buffer_one` lets one more wait.
insert into nightjar.runs (job, logical_time, trigger, kind, status)
select $1, $2, $3, $5,
  case
    when exists (select from nightjar.runs where job = $1 and kind = $5 and status = 'queued') then 'skipped'
    when $4 = 'skip'
      and exists (select from nightjar.runs where job = $1 and kind = $5 and status = 'running') then 'skipped'
    else 'queued'
  end
on conflict (job, kind, logical_time) do nothing
