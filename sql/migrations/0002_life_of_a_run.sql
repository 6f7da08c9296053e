-- Runs that can be helped with, resumed and looked after: what a run was asked for is in its row, a
-- shard says who holds it, and what is stale or was told already is remembered.

-- A process that works shards. It is alive as long as it holds the advisory lock of its id.
create table nightjar.workers (
  id         integer generated always as identity primary key,
  host       text not null,
  pid        integer not null,
  started_at timestamptz not null default now(),
  ended_at   timestamptz
);
comment on column nightjar.workers.ended_at is 'when it said goodbye; null for one that works, and for one that died';

alter table nightjar.runs
  add column kind        text not null default 'run' check (kind in ('run', 'backfill', 'rescore')),
  add column job_spec    jsonb,
  add column selection   jsonb,
  add column reprocess   text not null default 'none' check (reprocess in ('none', 'failed', 'completed')),
  add column max_active  integer check (max_active > 0),
  add column planned_at  timestamptz,
  add column planned     bigint,
  add column left_out    bigint,
  add column attempts    integer not null default 0,
  add column skip_reason text check (skip_reason in ('overlap', 'paused')),
  drop constraint runs_job_logical_time_key,
  add unique (job, kind, logical_time);
comment on column nightjar.runs.job_spec is 'the job as it was when the run was opened: who helps or resumes needs no job file';
comment on column nightjar.runs.selection is 'of a backfill: the window of photos, and their order';
comment on column nightjar.runs.planned_at is 'when the last shard was in the manifest; null before, and then a resumed run plans anew';
comment on column nightjar.runs.planned is 'photos in the shards';
comment on column nightjar.runs.left_out is 'pending photos that the limit left for another run';
comment on column nightjar.runs.attempts is 'how often a process took the run in hand';

-- A backfill does not keep the nightly run from starting, nor the other way round.
drop index nightjar.runs_one_running;
create unique index runs_one_running on nightjar.runs (job, kind) where status = 'running';
create index runs_job on nightjar.runs (job, kind, logical_time desc);

alter table nightjar.shards
  add column worker_id integer references nightjar.workers,
  add column claims    integer not null default 0,
  add column job_id    uuid;
comment on column nightjar.shards.worker_id is 'who holds it, or held it when it died; null when it waits or was handed back';
comment on column nightjar.shards.claims is 'how often it was claimed; with worker_id the proof of a claim';
comment on column nightjar.shards.job_id is 'the job on the queue that stands for it; null when none does';
create unique index shards_job on nightjar.shards (job_id);
create index shards_open on nightjar.shards (run_id) where finished_at is null;

-- A reject that a person asked to be tried again starts from none.
alter table nightjar.rejects
  drop constraint rejects_attempts_check,
  add constraint rejects_attempts_check check (attempts >= 0);
create index rejects_open on nightjar.rejects (model_version_id) where not final;

-- Every current photo of the source with an id up to this one has a prediction or a final reject for
-- the model version, but for those whose reject is not final. What is pending is thus found without
-- reading what is done.
create table nightjar.watermarks (
  source           text not null,
  model_version_id integer not null references nightjar.model_versions,
  photo_id         bigint not null,
  noted_at         timestamptz not null default now(),
  primary key (source, model_version_id)
);
create index photos_of_source on nightjar.photos (source, id) where superseded_at is null;

-- What was told to people already, so that several processes tell it once.
create table nightjar.notices (
  event   text not null,
  subject text not null,
  told_at timestamptz not null default now(),
  primary key (event, subject)
);

create or replace view nightjar.run_summary as
select
  r.id as run_id, r.job, r.logical_time, r.trigger, r.status, r.source,
  m.name as model, v.version as model_version,
  s.name as regions, s.version as regions_version,
  r.listed, r.already_done, r.predicted, r.rejected, r.pending,
  r.started_at, r.finished_at,
  extract(epoch from coalesce(r.finished_at, now()) - r.started_at)::double precision as seconds,
  (r.predicted + r.rejected)
    / nullif(extract(epoch from r.finished_at - r.started_at), 0)::double precision as photos_per_second,
  r.error,
  r.kind, r.skip_reason, r.attempts, r.planned
from nightjar.runs r
left join nightjar.model_versions v on v.id = r.model_version_id
left join nightjar.models m on m.id = v.model_id
left join nightjar.region_snapshots s on s.id = r.region_snapshot_id;
