-- What a scheduled run left pending is pending for any later run of its job, so that only the last one
-- is worth going on with. A minute, because whoever had it in hand may be about to go on itself.
select id::text as "runId", job, logical_time as "logicalTime", status, attempts
from nightjar.runs r
where kind = 'run' and trigger in ('schedule', 'catchup')
  and (status = 'stopped' or status = 'crashed' and finished_at < now() - interval '1 minute')
  and not exists (select from nightjar.runs n
                  where n.job = r.job and n.kind = 'run' and n.status <> 'skipped'
                    and (n.id > r.id or n.status in ('queued', 'running')))
order by logical_time
