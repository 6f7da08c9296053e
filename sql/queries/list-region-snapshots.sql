select
  s.id, s.name, s.version, s.resolution, s.has_months, s.file_name, s.records, s.bad_records,
  s.taxa, s.cells, s.created_at, s.completed_at,
  array(
    select a.alias from nightjar.region_aliases a where a.region_snapshot_id = s.id order by a.alias
  ) as aliases
from nightjar.region_snapshots s
order by s.name, s.version
