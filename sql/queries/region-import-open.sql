insert into nightjar.region_snapshots (name, version, resolution, parameters, file_name)
select $1, coalesce(max(version), 0) + 1, $2, $3, $4
from nightjar.region_snapshots
where name = $1
returning id, version
