-- $1 run; $2 model version; $3 how many of each kind. Planned photos that are neither predicted nor
-- rejected, apart by whether a shard of theirs is finished. A reject for now that is older than the run
-- is no outcome of it, unless this very run wrote it.
with without as (
  select planned.photo_id, bool_or(s.finished_at is not null) as finished
  from nightjar.runs u
  join nightjar.shards s on s.run_id = u.id
  cross join unnest(s.photo_ids) as planned(photo_id)
  where u.id = $1
    and not exists (select from nightjar.predictions r
                    where r.photo_id = planned.photo_id and r.model_version_id = $2)
    and not exists (select from nightjar.rejects j
                    where j.photo_id = planned.photo_id and j.model_version_id = $2
                      and (j.final or j.run_id = u.id or j.last_rejected_at >= u.started_at))
  group by planned.photo_id
), numbered as (
  select photo_id, finished, count(*) over (partition by finished) as total,
    row_number() over (partition by finished order by photo_id) as nth
  from without
)
select n.finished, n.total::integer as total, n.photo_id::text as "photoId", p.key
from numbered n
left join nightjar.photos p on p.id = n.photo_id
where n.nth <= $3
order by n.finished, n.nth
