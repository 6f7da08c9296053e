-- $1 run; $2 how many.
select count(*) over ()::integer as total, s.index, cardinality(s.photo_ids) as photos, s.claims
from nightjar.shards s
where s.run_id = $1 and s.finished_at is null
order by s.index
limit $2
