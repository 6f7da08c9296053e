select m.name, v.version, v.sha256, jsonb_array_length(v.labels) as labels, v.added_at as "addedAt",
  array(select a.alias from nightjar.model_aliases a
        where a.model_version_id = v.id order by a.alias) as aliases
from nightjar.model_versions v join nightjar.models m on m.id = v.model_id
order by m.name, v.id desc
