insert into region_import_staged (cell, month, taxon, observations)
select * from unnest($1::bigint[], $2::smallint[], $3::text[], $4::integer[])
