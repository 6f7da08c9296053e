-- $1 shard; $2 worker.
update nightjar.shards
set worker_id = $2, claims = claims + 1, started_at = coalesce(started_at, now())
where id = $1
returning claims
