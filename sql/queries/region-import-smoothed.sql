insert into region_import_smoothed (cell, month, taxon, observations)
select n.target, c.month, c.taxon, sum(c.observations * n.weight)
from region_import_counts c
join region_import_neighbours n on n.cell = c.cell
group by 1, 2, 3
