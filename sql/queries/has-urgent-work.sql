-- $1 kinds of runs that come first. Whether shards of such a run wait for somebody.
select exists (
  select from nightjar.runs r
  join nightjar.shards s on s.run_id = r.id
  where r.status = 'running' and r.kind = any ($1::text[])
    and s.finished_at is null and s.worker_id is null) as urgent
