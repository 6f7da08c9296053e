-- The whole of nightjar's state. Times are timestamptz and end in _at; scores and presences are 0–1;
-- NaN sorts above every number in PostgreSQL, so `between 0 and 1` refuses it.

create table nightjar.models (
  id   integer generated always as identity primary key,
  name text not null unique
);

create table nightjar.model_versions (
  id       integer generated always as identity primary key,
  model_id integer not null references nightjar.models,
  version  text not null,
  sha256   text not null,
  manifest jsonb not null,
  labels   jsonb not null,
  added_at timestamptz not null default now(),
  unique (model_id, version)
);

create table nightjar.model_aliases (
  model_id         integer not null references nightjar.models,
  alias            text not null,
  model_version_id integer not null references nightjar.model_versions,
  promoted_at      timestamptz not null default now(),
  primary key (model_id, alias)
);

create table nightjar.region_snapshots (
  id              integer generated always as identity primary key,
  name            text not null,
  version         integer not null,
  resolution      smallint not null check (resolution between 0 and 7),
  has_months      boolean not null default false,
  parameters      jsonb not null,
  file_name       text not null,
  records         bigint not null default 0,
  bad_records     bigint not null default 0,
  taxa            integer not null default 0,
  cells           integer not null default 0,
  created_at      timestamptz not null default now(),
  completed_at    timestamptz,
  unique (name, version)
);
comment on column nightjar.region_snapshots.completed_at is 'null while an import runs, and for good when it died: such a snapshot answers nothing';

create table nightjar.region_aliases (
  alias              text primary key,
  region_snapshot_id integer not null references nightjar.region_snapshots,
  promoted_at        timestamptz not null default now()
);

create table nightjar.region_presence (
  region_snapshot_id integer not null references nightjar.region_snapshots on delete cascade,
  cell     text not null,
  month    smallint not null check (month between 0 and 12),
  taxon    text not null,
  presence real not null check (presence between 0 and 1),
  primary key (region_snapshot_id, cell, month, taxon)
);
comment on column nightjar.region_presence.month is '1–12; 0 for the whole year';

create table nightjar.region_effort (
  region_snapshot_id integer not null references nightjar.region_snapshots on delete cascade,
  cell         text not null,
  observations real not null check (observations >= 0),
  primary key (region_snapshot_id, cell)
);

create table nightjar.photos (
  id               bigint generated always as identity primary key,
  source           text not null,
  key              text not null,
  etag             text not null,
  size             bigint not null check (size >= 0),
  last_modified    timestamptz not null,
  first_listed_at  timestamptz not null default now(),
  superseded_at    timestamptz,
  format           text,
  width            integer,
  height           integer,
  orientation      smallint,
  captured_at      timestamptz,
  captured_local   timestamp,
  utc_offset       text,
  utc_offset_source text check (utc_offset_source in ('exif', 'gps', 'deployment', 'position')),
  latitude         double precision check (latitude between -90 and 90),
  longitude        double precision check (longitude between -180 and 180),
  location_status  text check (location_status in
                     ('exif', 'deployment', 'none', 'null_island', 'out_of_range', 'invalid')),
  position_problem text check (position_problem in ('null_island', 'out_of_range', 'invalid')),
  cell             text,
  camera_make      text,
  camera_model     text,
  content_sha256   bytea,
  unique (source, key, etag)
);
comment on column nightjar.photos.superseded_at is 'when a newer version of the same key was listed; null for the current version';
comment on column nightjar.photos.captured_local is 'the camera''s clock, without a zone';
comment on column nightjar.photos.cell is 'H3 cell of the position, resolution 7, as hexadecimal text';
create index photos_captured_at on nightjar.photos (captured_at);
create index photos_cell on nightjar.photos (cell);

create table nightjar.runs (
  id                 bigint generated always as identity primary key,
  job                text not null,
  logical_time       timestamptz not null,
  trigger            text not null check (trigger in ('shell', 'schedule', 'catchup', 'demo')),
  status             text not null check (status in
                       ('queued', 'running', 'done', 'over_error_budget', 'not_reconciled',
                        'failed', 'stopped', 'skipped', 'crashed')),
  source             text,
  model_version_id   integer references nightjar.model_versions,
  region_snapshot_id integer references nightjar.region_snapshots,
  listed             bigint,
  already_done       bigint,
  predicted          bigint,
  rejected           bigint,
  pending            bigint,
  created_at         timestamptz not null default now(),
  started_at         timestamptz,
  finished_at        timestamptz,
  error              text,
  unique (job, logical_time)
);
create unique index runs_one_running on nightjar.runs (job) where status = 'running';
create index runs_status on nightjar.runs (status) where status in ('queued', 'running');

create table nightjar.shards (
  id          bigint generated always as identity primary key,
  run_id      bigint not null references nightjar.runs on delete cascade,
  index       integer not null,
  photo_ids   bigint[] not null check (cardinality(photo_ids) > 0),
  started_at  timestamptz,
  finished_at timestamptz,
  unique (run_id, index)
);

create table nightjar.predictions (
  photo_id           bigint not null references nightjar.photos on delete cascade,
  model_version_id   integer not null references nightjar.model_versions,
  run_id             bigint not null references nightjar.runs,
  label              text not null,
  common_name        text,
  rank               text not null,
  score              real not null check (score between 0 and 1),
  decision           text not null,
  vision_label       text not null,
  vision_score       real not null check (vision_score between 0 and 1),
  presence           real check (presence between 0 and 1),
  vision_presence    real check (vision_presence between 0 and 1),
  region_snapshot_id integer references nightjar.region_snapshots,
  region_cell        text,
  region_month       smallint check (region_month between 0 and 12),
  fusion             text not null check (fusion in ('none', 'weighted', 'mask')),
  raw_labels         smallint[] not null,
  raw_scores         real[] not null,
  predicted_at       timestamptz not null default now(),
  primary key (photo_id, model_version_id),
  check (cardinality(raw_labels) = cardinality(raw_scores)),
  check ('NaN'::real <> all (raw_scores))
);
create index predictions_run on nightjar.predictions (run_id);
create index predictions_model on nightjar.predictions (model_version_id, predicted_at);

create table nightjar.rejects (
  photo_id         bigint not null references nightjar.photos on delete cascade,
  model_version_id integer not null references nightjar.model_versions,
  run_id           bigint not null references nightjar.runs,
  stage            text not null check (stage in ('extract', 'transform', 'model', 'load')),
  code             text not null,
  message          text not null,
  attempts         integer not null check (attempts > 0),
  final            boolean not null,
  first_rejected_at timestamptz not null default now(),
  last_rejected_at  timestamptz not null default now(),
  primary key (photo_id, model_version_id)
);
create index rejects_run on nightjar.rejects (run_id);

-- How often a run died with this photo in an unfinished shard: the planner makes the shards of such
-- photos smaller and smaller, until a photo that kills the process is alone in its own.
create table nightjar.photo_crashes (
  photo_id         bigint not null references nightjar.photos on delete cascade,
  model_version_id integer not null references nightjar.model_versions,
  crashes          integer not null,
  crashes_alone    integer not null default 0,
  primary key (photo_id, model_version_id)
);

-- The contract for dashboards: their columns only ever grow.

create view nightjar.current_predictions as
select distinct on (p.source, p.key)
  p.id as photo_id, p.source, p.key, p.etag, p.size, p.last_modified,
  p.captured_at, p.captured_local, p.utc_offset, p.utc_offset_source,
  p.latitude, p.longitude, p.location_status, p.cell,
  p.width, p.height, p.format, p.camera_make, p.camera_model,
  r.label, r.common_name, r.rank, r.score, r.decision,
  r.vision_label, r.vision_score, r.presence, r.vision_presence, r.fusion,
  m.name as model, v.version as model_version,
  s.name as regions, s.version as regions_version,
  r.run_id, r.predicted_at
from nightjar.predictions r
join nightjar.photos p on p.id = r.photo_id and p.superseded_at is null
join nightjar.model_aliases a on a.model_version_id = r.model_version_id and a.alias = 'production'
join nightjar.model_versions v on v.id = r.model_version_id
join nightjar.models m on m.id = v.model_id
left join nightjar.region_snapshots s on s.id = r.region_snapshot_id
order by p.source, p.key, r.predicted_at desc;

create view nightjar.run_summary as
select
  r.id as run_id, r.job, r.logical_time, r.trigger, r.status, r.source,
  m.name as model, v.version as model_version,
  s.name as regions, s.version as regions_version,
  r.listed, r.already_done, r.predicted, r.rejected, r.pending,
  r.started_at, r.finished_at,
  extract(epoch from coalesce(r.finished_at, now()) - r.started_at)::double precision as seconds,
  (r.predicted + r.rejected)
    / nullif(extract(epoch from r.finished_at - r.started_at), 0)::double precision as photos_per_second,
  r.error
from nightjar.runs r
left join nightjar.model_versions v on v.id = r.model_version_id
left join nightjar.models m on m.id = v.model_id
left join nightjar.region_snapshots s on s.id = r.region_snapshot_id;

create view nightjar.species_daily as
select
  coalesce(c.captured_local, c.captured_at at time zone 'UTC')::date as day,
  c.source, c.label, c.common_name, c.rank, c.decision,
  count(*) as photos, avg(c.score)::real as mean_score
from nightjar.current_predictions c
group by 1, 2, 3, 4, 5, 6;

create view nightjar.reject_summary as
select
  p.source, m.name as model, v.version as model_version,
  j.stage, j.code, j.final, count(*) as photos,
  max(j.attempts) as max_attempts, max(j.last_rejected_at) as last_rejected_at,
  min(p.key || ': ' || j.message) as example
from nightjar.rejects j
join nightjar.photos p on p.id = j.photo_id and p.superseded_at is null
join nightjar.model_versions v on v.id = j.model_version_id
join nightjar.models m on m.id = v.model_id
group by 1, 2, 3, 4, 5, 6;
