-- $1 run; $2 how many. Photos that the run's manifest has more than once.
with doubled as (
  select planned.photo_id, array_agg(s.index order by s.index) as shards, count(*) over () as total
  from nightjar.shards s
  cross join unnest(s.photo_ids) as planned(photo_id)
  where s.run_id = $1
  group by planned.photo_id
  having count(*) > 1
  order by planned.photo_id
  limit $2
)
select d.total::integer as total, d.photo_id::text as "photoId", p.key, d.shards
from doubled d
left join nightjar.photos p on p.id = d.photo_id
order by d.photo_id
