-- $1: the snapshot; $2: observations a cell needs to answer
-- $3–$6: candidate cells: number of the query, month, how many levels coarser (0 first), cell
-- $7: names of taxa, each once; the answer gives their positions, from 1
with candidates as (
  select * from unnest($3::integer[], $4::smallint[], $5::smallint[], $6::text[])
    as c (query, month, depth, cell)
), surveyed as (
  select distinct on (c.query) c.query, c.cell, c.month
  from candidates c
  join nightjar.region_effort e
    on e.region_snapshot_id = $1 and e.cell = c.cell and e.observations >= $2
  order by c.query, c.depth
), answers as (
  select s.query, s.cell,
    case when exists (
      select from nightjar.region_presence p
      where p.region_snapshot_id = $1 and p.cell = s.cell and p.month = s.month
    ) then s.month else 0 end as month
  from surveyed s
), taxa as materialized (
  select * from unnest($7::text[]) with ordinality as t (taxon, position)
)
select a.query, a.cell, a.month, f.positions, f.presences
from answers a
cross join lateral (
  select array_agg(t.position::integer) as positions, array_agg(p.presence) as presences
  from (
    select p.taxon, p.presence
    from nightjar.region_presence p
    where p.region_snapshot_id = $1 and p.cell = a.cell and p.month = a.month
    offset 0 -- a fence: read the cell by the key, then join, for each cell
  ) p
  join taxa t on t.taxon = p.taxon
) f
