-- Runs that wait or are under way, in the order in which shards are taken: how many of their shards wait
-- and are in somebody's hands, whose, and how many photos are done of those planned. Done are the photos of
-- finished shards, and of those begun the ones with an outcome of this run.
select r.id::integer as run, r.job, r.kind, r.status, s.waiting, s.active,
  coalesce(r.planned, s.planned)::integer as planned, (s.done + begun.done)::integer as done,
  coalesce(holders.workers, '[]') as workers
from nightjar.runs r
cross join lateral (
  select
    count(*) filter (where s.finished_at is null and s.worker_id is null)::integer as waiting,
    count(*) filter (where s.finished_at is null and s.worker_id is not null)::integer as active,
    coalesce(sum(cardinality(s.photo_ids)), 0) as planned,
    coalesce(sum(cardinality(s.photo_ids)) filter (where s.finished_at is not null), 0) as done
  from nightjar.shards s where s.run_id = r.id) s
cross join lateral (
  select count(*) as done
  from nightjar.shards s
  cross join unnest(s.photo_ids) as planned(photo_id)
  left join lateral (
    select true as there from nightjar.predictions p
    where p.photo_id = planned.photo_id and p.model_version_id = r.model_version_id and p.run_id = r.id
    limit 1) predicted on true
  left join lateral (
    select true as there from nightjar.rejects j
    where j.photo_id = planned.photo_id and j.model_version_id = r.model_version_id and j.run_id = r.id
    limit 1) rejected on true
  where s.run_id = r.id and s.finished_at is null and s.started_at is not null
    and (predicted.there or rejected.there)) begun
left join lateral (
  select jsonb_agg(jsonb_build_object('worker', h.id, 'host', h.host, 'pid', h.pid, 'shards', h.shards)
    order by h.host, h.pid) as workers
  from (
    select w.id, w.host, w.pid, count(*) as shards
    from nightjar.shards s
    join nightjar.workers w on w.id = s.worker_id
    where s.run_id = r.id and s.finished_at is null
    group by w.id) h) holders on true
where r.status in ('queued', 'running')
order by array_position(array['run', 'backfill', 'rescore'], r.kind), r.id
