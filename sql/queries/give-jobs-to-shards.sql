-- $1 run. Shards that nobody holds and no job stands for get one each; the caller puts it on the queue.
update nightjar.shards
set job_id = gen_random_uuid()
where run_id = $1 and finished_at is null and worker_id is null and job_id is null
returning id::text as "shardId", index, job_id as job
