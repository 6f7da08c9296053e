-- $1 run taken up again; $2 model version, $3 reprocess mode. Nobody holds anything any more, no job stands
-- for any shard, and shards with photos that are to be tried again are open again. `limit 1` keeps the
-- planner to the indexes.
update nightjar.shards s
set worker_id = null, job_id = null, finished_at = null
where s.run_id = $1
  and (s.finished_at is null or exists (
    select from unnest(s.photo_ids) as planned(photo_id)
    left join lateral (
      select true as there from nightjar.predictions r
      where r.photo_id = planned.photo_id and r.model_version_id = $2
        and ($3 <> 'completed' or r.run_id = $1) limit 1) predicted on true
    left join lateral (
      select true as there from nightjar.rejects j
      where j.photo_id = planned.photo_id and j.model_version_id = $2 and j.final
        and ($3 = 'none' or j.run_id = $1) limit 1) rejected on true
    where predicted.there is null and rejected.there is null))
