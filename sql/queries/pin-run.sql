-- $1 run; $2 source, $3 model version, $4 region snapshot or null, $5 its spec, $6 reprocess mode,
-- $7 active shards at most or null.
update nightjar.runs
set source = $2, model_version_id = $3, region_snapshot_id = $4, job_spec = $5, reprocess = $6,
    max_active = $7
where id = $1
