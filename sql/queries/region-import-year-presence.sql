-- $2: records ahead; $3: the least presence that is stored; $4: observations a cell needs to answer.
-- In the order of the key: its index is filled from the left and stays dense.
insert into nightjar.region_presence (region_snapshot_id, cell, month, taxon, presence)
select $1::integer, to_hex(r.cell), 0, t.taxon, p.presence
from region_import_rates r
join region_import_cells c on c.cell = r.cell and c.observations >= $4
join region_import_taxa t on t.id = r.taxon
cross join lateral (select 1 - exp(-$2::double precision * r.rate) as presence) p
where p.presence >= $3::double precision
order by 2, 4
