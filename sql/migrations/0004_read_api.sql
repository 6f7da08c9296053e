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
create index predictions_of_area on nightjar.predictions
  (model_version_id, area, captured desc, photo_id desc) include (label, decision, score);
-- Places are searched by their areas from now on.
drop index nightjar.photos_cell;

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

-- The same without the areas, for whoever does not ask about them: a fraction of the rows.
create table nightjar.daily_totals (
  model_version_id integer not null references nightjar.model_versions,
  source      text not null,
  day         date not null,
  label       text not null,
  common_name text,
  rank        text not null,
  decision    text not null,
  photos      integer not null check (photos > 0),
  score_sum   double precision not null
);
create index daily_totals_day on nightjar.daily_totals (model_version_id, day);

insert into nightjar.daily_counts
select r.model_version_id, p.source, r.captured::date, r.area, r.label, max(r.common_name), r.rank, r.decision,
  count(*), sum(r.score)
from nightjar.predictions r
join nightjar.photos p on p.id = r.photo_id and p.superseded_at is null
group by r.model_version_id, p.source, r.captured::date, r.area, r.label, r.rank, r.decision;
insert into nightjar.daily_totals
select model_version_id, source, day, label, max(common_name), rank, decision, sum(photos), sum(score_sum)
from nightjar.daily_counts group by model_version_id, source, day, label, rank, decision;

-- Days whose counts are not those of the predictions any more; a day stands in as many rows as there were
-- reasons. Who counts takes the rows it can see, and leaves those of transactions that commit later.
create table nightjar.uncounted_days (
  model_version_id integer not null references nightjar.model_versions on delete cascade,
  day              date not null
);

-- Where any model version ever gave a photo a label, from its picture alone or in the end. An area where a
-- sensitive species was seen is known in the very transaction that loads it, and stays known.
create table nightjar.label_areas (
  label text not null,
  area  text not null,
  primary key (label, area)
);
insert into nightjar.label_areas (label, area)
select label, area from nightjar.predictions where area is not null
union select vision_label, area from nightjar.predictions where area is not null;

-- Areas with photos: what a box asks for is told by these before any prediction is read.
create table nightjar.areas (area text primary key);
insert into nightjar.areas (area) select distinct area from nightjar.predictions where area is not null;

-- Triggers, as it must hold whoever writes predictions: a position is told exactly where these do not say
-- otherwise.
create function nightjar.note_predictions() returns trigger language plpgsql as $$
begin
  insert into nightjar.label_areas (label, area)
  select distinct seen.label, c.area
  from changed c
  cross join lateral (values (c.label), (c.vision_label)) as seen(label)
  where c.area is not null
    and not exists (select from nightjar.label_areas k where k.label = seen.label and k.area = c.area)
  order by 1, 2
  on conflict do nothing;
  insert into nightjar.areas (area)
  select distinct c.area from changed c
  where c.area is not null and not exists (select from nightjar.areas k where k.area = c.area)
  order by 1
  on conflict do nothing;
  insert into nightjar.uncounted_days (model_version_id, day)
  select distinct model_version_id, captured::date from changed;
  return null;
end
$$;
create trigger predictions_inserted after insert on nightjar.predictions
  referencing new table as changed for each statement execute function nightjar.note_predictions();
create trigger predictions_updated after update on nightjar.predictions
  referencing new table as changed for each statement execute function nightjar.note_predictions();

create function nightjar.note_days_before() returns trigger language plpgsql as $$
begin
  insert into nightjar.uncounted_days (model_version_id, day)
  select distinct model_version_id, captured::date from former;
  return null;
end
$$;
create trigger predictions_replaced after update on nightjar.predictions
  referencing old table as former for each statement execute function nightjar.note_days_before();
create trigger predictions_deleted after delete on nightjar.predictions
  referencing old table as former for each statement execute function nightjar.note_days_before();

-- A photo that was overwritten, or came back, counts no more, or again.
create function nightjar.note_version() returns trigger language plpgsql as $$
begin
  insert into nightjar.uncounted_days (model_version_id, day)
  select model_version_id, captured::date from nightjar.predictions where photo_id = new.id;
  return null;
end
$$;
create trigger photos_superseded after update on nightjar.photos for each row
  when (old.superseded_at is null <> (new.superseded_at is null))
  execute function nightjar.note_version();

-- What is read of a photo again stands in all of its predictions.
create function nightjar.move_predictions() returns trigger language plpgsql as $$
begin
  update nightjar.predictions
  set captured = coalesce(new.captured_local, new.captured_at at time zone 'UTC', '-infinity'),
      area = nightjar.area_of(new.cell)
  where photo_id = new.id;
  return null;
end
$$;
create trigger photos_moved after update on nightjar.photos for each row
  when (old.content_sha256 is not null and
        (old.captured_local, old.captured_at, old.cell) is distinct from
        (new.captured_local, new.captured_at, new.cell))
  execute function nightjar.move_predictions();

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
