insert into nightjar.region_effort (region_snapshot_id, cell, observations)
select $1::integer, to_hex(cell), observations from region_import_cells
