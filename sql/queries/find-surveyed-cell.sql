-- The finest of $2's cells, which come finest first, with at least $3 observations. $4: the month
select e.cell, e.observations,
  case when exists (
    select from nightjar.region_presence p
    where p.region_snapshot_id = $1 and p.cell = e.cell and p.month = $4
  ) then $4 else 0 end::smallint as month
from unnest($2::text[]) with ordinality as c (cell, depth)
join nightjar.region_effort e on e.region_snapshot_id = $1 and e.cell = c.cell
where e.observations >= $3
order by c.depth
limit 1
