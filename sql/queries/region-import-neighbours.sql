insert into region_import_neighbours (cell, target, weight)
select * from unnest($1::bigint[], $2::bigint[], $3::double precision[])
