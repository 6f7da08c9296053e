-- $1 model version, $2 alias.
insert into nightjar.model_aliases (model_id, alias, model_version_id)
select v.model_id, $2, v.id from nightjar.model_versions v where v.id = $1
on conflict (model_id, alias) do update
set model_version_id = excluded.model_version_id, promoted_at = now()
