-- $1 shard; $2 the photos that go into other shards. What is left of it is done.
update nightjar.shards
set photo_ids = array(select id from unnest(photo_ids) as id where id <> all ($2::bigint[])),
    finished_at = now(), worker_id = null, job_id = null
where id = $1 and not photo_ids <@ $2::bigint[]
