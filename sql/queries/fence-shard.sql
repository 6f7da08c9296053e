-- $1 shard; $2 worker; $3 claims. A row as long as the claim holds; locked until the transaction ends.
select from nightjar.shards
where id = $1 and worker_id = $2 and claims = $3 and finished_at is null
for update
