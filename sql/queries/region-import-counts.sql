insert into region_import_counts (cell, month, taxon, observations)
select l.ancestor, s.month, coalesce(t.id, 0), sum(s.observations)
from region_import_staged s
join region_import_levels l on l.cell = s.cell
left join region_import_taxa t on t.taxon = s.taxon
group by 1, 2, 3
