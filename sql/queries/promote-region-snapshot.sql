insert into nightjar.region_aliases (alias, region_snapshot_id)
select $1, s.id from nightjar.region_snapshots s where s.id = $2 and s.completed_at is not null
on conflict (alias) do update
set region_snapshot_id = excluded.region_snapshot_id, promoted_at = now()
