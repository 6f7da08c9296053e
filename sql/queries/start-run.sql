-- $1 run; $2 the states it may be taken up from. To running, unless another run of its job and kind is.
update nightjar.runs r
set status = 'running', started_at = coalesce(started_at, clock_timestamp()), attempts = attempts + 1,
    finished_at = null, error = null
where r.id = $1 and r.status = any ($2::text[])
  and not exists (select from nightjar.runs o
                  where o.job = r.job and o.kind = r.kind and o.status = 'running' and o.id <> r.id)
returning r.started_at as "startedAt", r.job_spec as spec, r.attempts,
  case when r.planned_at is not null then json_build_object(
    'listed', r.listed, 'planned', r.planned, 'leftOut', r.left_out)
  end as plan
