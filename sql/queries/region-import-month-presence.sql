-- Only months with enough observations of their own: the others are answered by the whole year.
-- $2: records ahead; $3: the least presence that is stored; $4: observations that a cell, and a month
-- of it, need to answer; $5: shrinkage
insert into nightjar.region_presence (region_snapshot_id, cell, month, taxon, presence)
with monthly as (
  select s.cell, m.target as month, s.taxon, sum(s.observations * m.weight) as observations
  from region_import_smoothed s
  join region_import_cells c on c.cell = s.cell and c.observations >= $4
  join region_import_months m on m.month = s.month
  group by 1, 2, 3
), effort as (
  select cell, month, sum(observations) as observations
  from monthly
  group by 1, 2
  having sum(observations) >= $4
)
select $1::integer, to_hex(e.cell), e.month, t.taxon, p.presence
from effort e
join region_import_rates r on r.cell = e.cell
left join monthly n on n.cell = r.cell and n.taxon = r.taxon and n.month = e.month
join region_import_taxa t on t.id = r.taxon
cross join lateral (
  select (coalesce(n.observations, 0) + $5::double precision * r.rate) / (e.observations + $5) as rate
) x
cross join lateral (select 1 - exp(-$2::double precision * x.rate) as presence) p
where p.presence >= $3::double precision
order by 2, 3, 4
