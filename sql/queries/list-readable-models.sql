-- Every model version, with its labels, and whether it is in production.
select v.id, m.name, v.version, v.labels,
  exists (select from nightjar.model_aliases a
          where a.model_version_id = v.id and a.alias = 'production') as production
from nightjar.model_versions v
join nightjar.models m on m.id = v.model_id
order by m.name, v.id
