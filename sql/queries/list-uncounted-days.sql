-- $1 model version; $2 source. Days whose counts are not those of the
-- predictions any more: those of runs that loaded since they were counted, and of photos that were
-- overwritten, or came back, meanwhile. A batch is committed within a minute of its `now()`.
with uncounted as (
  select id, coalesce(counted_at, '-infinity') - interval '1 min' as since
  from nightjar.runs
  where model_version_id = $1 and started_at is not null
    and (status = 'running' or counted_at is null or counted_at < finished_at)
), loaded as (
  select r.captured::date as day
  from uncounted u
  join nightjar.predictions r on r.run_id = u.id and r.predicted_at >= u.since
), replaced as (
  select r.captured::date as day
  from nightjar.photos s
  join nightjar.photos p on p.source = s.source and p.key = s.key
  join nightjar.predictions r on r.photo_id = p.id and r.model_version_id = $1
  where s.source = $2 and s.superseded_at >= (select min(since) from uncounted)
), noted as (
  update nightjar.runs set counted_at = statement_timestamp() where id in (select id from uncounted)
)
select day::text from loaded union select day::text from replaced order by day
