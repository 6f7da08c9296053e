-- $1 name, $2 version, $3 sha256, $4 manifest, $5 labels.
insert into nightjar.model_versions (model_id, version, sha256, manifest, labels)
select m.id, $2, $3, $4::jsonb, $5::jsonb from nightjar.models m where m.name = $1
on conflict (model_id, version) do nothing
