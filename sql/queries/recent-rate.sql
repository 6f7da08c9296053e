-- $1 name, $2 version of a model. Photos and seconds of its last runs worth the name; those that were
-- interrupted do not count, as nobody knows how long they lay.
select (predicted + rejected)::double precision as photos, seconds
from nightjar.run_summary
where model = $1 and model_version = $2 and attempts <= 1
  and predicted + rejected >= 50 and seconds > 0
order by run_id desc
limit 5
