-- $1 run. Queued → running, unless another run of its job is running.
update nightjar.runs r set status = 'running', started_at = clock_timestamp()
where r.id = $1 and r.status = 'queued'
  and not exists (select from nightjar.runs o
                  where o.job = r.job and o.status = 'running' and o.id <> r.id)
returning r.started_at
