insert into region_import_months (month, target, weight)
select * from unnest($1::smallint[], $2::smallint[], $3::double precision[])
