-- $1 shard; $2 worker; $3 claims. A row as long as the claim holds; locked until the transaction ends.
-- Also once it has finished the shard: where the answer to that was lost, the batch comes again.
select from nightjar.shards
where id = $1 and worker_id = $2 and claims = $3
for update
