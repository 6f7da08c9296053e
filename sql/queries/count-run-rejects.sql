-- $1 run; $2 model version.
select j.code, count(*)::integer as photos
from nightjar.rejects j
where j.run_id = $1 and j.model_version_id = $2
group by j.code
order by photos desc, j.code
