-- $1 name; $2 version or alias. A version goes before an alias of the same name.
select v.id, m.name, v.version, v.sha256, v.labels
from nightjar.models m
join nightjar.model_versions v on v.model_id = m.id
left join nightjar.model_aliases a on a.model_version_id = v.id and a.alias = $2
where m.name = $1 and (v.version = $2 or a.alias is not null)
order by v.version = $2 desc
limit 1
