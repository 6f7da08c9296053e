-- One depth ($1), the coarser ones before it. $2: shrinkage; $3: a taxon that is only known from the
-- coarser cell is carried on while its rate is at least this. See src/regions/presence.ts.
insert into region_import_rates (cell, taxon, rate)
with own as (
  select s.cell, s.taxon, sum(s.observations) as records
  from region_import_smoothed s
  join region_import_cells c on c.cell = s.cell and c.depth = $1
  where s.taxon <> 0
  group by s.cell, s.taxon
), inherited as (
  select c.cell, r.taxon, r.rate
  from region_import_cells c
  join region_import_rates r on r.cell = c.parent
  where c.depth = $1
), shrunk as (
  select cell, taxon, own.records,
    (coalesce(own.records, 0) + $2::double precision * coalesce(inherited.rate, 0)) / (c.observations + $2) as rate
  from own
  full join inherited using (cell, taxon)
  join region_import_cells c using (cell)
)
select cell, taxon, rate from shrunk where records > 0 or rate >= $3::double precision
