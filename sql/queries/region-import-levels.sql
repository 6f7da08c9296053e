insert into region_import_levels (cell, ancestor)
select * from unnest($1::bigint[], $2::bigint[])
