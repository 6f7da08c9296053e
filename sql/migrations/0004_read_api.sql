-- What the read API and the dashboard ask for, at a million predictions and more, without reading them
-- from end to end: when and where a prediction's photo was taken stand in its own row, and days are
-- counted once.

-- The H3 cell of resolution 5 (0.1–0.2° wide) around one of a finer resolution, as text. A cell is 60 bits
-- in 15 hexadecimal digits: 8, the resolution, the base cell, then three bits for each level, all of them
-- set below the cell's own.
create function nightjar.area_of(cell text) returns text
language sql immutable strict parallel safe
return substr(cell, 1, 1) || '5' || substr(cell, 3, 5)
  || to_hex(('x' || substr(cell, 8, 1))::bit(4)::integer | 3) || 'fffffff';

-- Whether any model saw one of these labels in a photo, in its picture alone or in the end.
create function nightjar.is_sensitive(photo bigint, labels text[]) returns boolean
language sql stable parallel safe
return exists (
  select from nightjar.predictions r
  where r.photo_id = photo and (r.label = any (labels) or r.vision_label = any (labels)));

alter table nightjar.predictions
  add column captured timestamp not null default '-infinity',
  add column area text;
comment on column nightjar.predictions.captured is 'when the photo was taken, by the camera''s clock, or in UTC where only that is known; -infinity: unknown';
comment on column nightjar.predictions.area is 'H3 cell of the photo''s position, resolution 5: as much as is told of a sensitive species';

update nightjar.predictions r
set captured = coalesce(p.captured_local, p.captured_at at time zone 'UTC', '-infinity'),
    area = nightjar.area_of(p.cell)
from nightjar.photos p
where p.id = r.photo_id and (p.captured_local is not null or p.captured_at is not null or p.cell is not null);

-- The newest first, page by page. What is filtered by is in the index, so that the rows that do not
-- match are never read.
create index predictions_newest on nightjar.predictions
  (model_version_id, captured desc, photo_id desc) include (label, decision, score, area);
create index predictions_of_label on nightjar.predictions
  (model_version_id, label, captured desc, photo_id desc) include (decision, score, area);
create index photos_superseded on nightjar.photos (source, superseded_at) where superseded_at is not null;

-- Current predictions by day, area, label and decision.
create table nightjar.daily_counts (
  model_version_id integer not null references nightjar.model_versions,
  source      text not null,
  day         date not null,
  area        text,
  label       text not null,
  common_name text,
  rank        text not null,
  decision    text not null,
  photos      integer not null check (photos > 0),
  score_sum   double precision not null
);
comment on column nightjar.daily_counts.day is '-infinity: unknown';
create index daily_counts_day on nightjar.daily_counts (model_version_id, day);

alter table nightjar.runs add column counted_at timestamptz;
comment on column nightjar.runs.counted_at is 'up to when its predictions are in daily_counts; null for never';

insert into nightjar.daily_counts
select r.model_version_id, p.source, r.captured::date, r.area, r.label, max(r.common_name), r.rank, r.decision,
  count(*), sum(r.score)
from nightjar.predictions r
join nightjar.photos p on p.id = r.photo_id and p.superseded_at is null
group by r.model_version_id, p.source, r.captured::date, r.area, r.label, r.rank, r.decision;
update nightjar.runs set counted_at = now() where started_at is not null;

create view nightjar.daily_predictions as
select
  nullif(c.day, '-infinity') as day, c.source, c.area, c.label, c.common_name, c.rank, c.decision,
  m.name as model, v.version as model_version,
  exists (select from nightjar.model_aliases a
          where a.model_version_id = c.model_version_id and a.alias = 'production') as production,
  c.photos, (c.score_sum / c.photos)::real as mean_score
from nightjar.daily_counts c
join nightjar.model_versions v on v.id = c.model_version_id
join nightjar.models m on m.id = v.model_id;

-- Who may read. A key is 256 random bits, so that its plain hash can be kept.
create table nightjar.api_keys (
  id         text primary key,
  name       text not null,
  scopes     text[] not null check (scopes <@ array['read', 'read:precise'] and cardinality(scopes) > 0),
  hash       bytea not null,
  created_at timestamptz not null default now(),
  revoked_at timestamptz
);
comment on column nightjar.api_keys.hash is 'SHA-256 of the secret';
create unique index api_keys_name on nightjar.api_keys (name) where revoked_at is null;
