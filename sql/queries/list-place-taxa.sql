select taxon, presence from nightjar.region_presence
where region_snapshot_id = $1 and cell = $2 and month = $3
order by presence desc, taxon
