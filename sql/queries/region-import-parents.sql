insert into region_import_parents (cell, depth, parent)
select * from unnest($1::bigint[], $2::smallint[], $3::bigint[])
