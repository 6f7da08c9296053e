-- Days whose counts are to be made anew, of all model versions. They are taken: who undoes its transaction
-- leaves them to the next.
with taken as (
  delete from nightjar.uncounted_days returning model_version_id, day
)
select model_version_id as "modelVersionId", array_agg(distinct day::text) as days
from taken group by model_version_id order by model_version_id
