-- $1 name, $2 version.
select v.manifest, v.labels
from nightjar.model_versions v join nightjar.models m on m.id = v.model_id
where m.name = $1 and v.version = $2
