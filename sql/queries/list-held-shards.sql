-- $1 run. Unfinished shards that bear somebody's name.
select id::text as "shardId", worker_id::text as "workerId"
from nightjar.shards
where run_id = $1 and finished_at is null and worker_id is not null
