-- Sources that a model version ever worked on.
select distinct source from nightjar.runs
where model_version_id = $1 and source is not null
order by source
