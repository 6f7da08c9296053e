insert into region_import_cells (cell, depth, parent, observations)
select p.cell, p.depth, p.parent, sum(s.observations)
from region_import_parents p
join region_import_smoothed s on s.cell = p.cell
group by p.cell, p.depth, p.parent
