-- $1 shard; $2 the job that came from the queue. No row: the job is stale, the shard finished or gone.
select worker_id::text as "workerId"
from nightjar.shards
where id = $1 and job_id = $2 and finished_at is null
for update
