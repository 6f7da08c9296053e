-- $1 run; $2 jsonb: an array of {job, photos}. Sent twice, the second changes nothing and answers nothing.
with run as (
  select id from nightjar.runs where id = $1 for update -- one index after the other
), numbered as (
  select s.job, s.photos, row_number() over () as position
  from jsonb_to_recordset($2::jsonb) as s(job uuid, photos bigint[])
)
insert into nightjar.shards (run_id, index, photo_ids, job_id)
select run.id,
  coalesce((select max(index) from nightjar.shards where run_id = $1), -1) + n.position,
  n.photos, n.job
from run, numbered n
order by n.position
on conflict (job_id) do nothing
returning id::text as "shardId", index, job_id as job
