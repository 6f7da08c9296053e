-- $1 source; $2 keys, $3 etags, $4 sizes, $5 times of one page of its listing; $6 the watermarks' lock.
-- A key with a new etag is a new photo version, and the current one from now on. Versions that are
-- known and current are not touched: a nightly listing of a million photos must not rewrite them.
-- Nothing happens before the shared lock is held: while somebody settles a watermark of the source, no
-- id is drawn and no old version comes back. One that does takes the source's watermarks below itself;
-- an upsert, as it meets also those that were inserted while this statement waited.
-- `offset 0` and the arrays keep the planner to the indexes: a page must never cost the whole table.
with guard as materialized (
  select pg_advisory_xact_lock_shared($6, hashtext($1))
), listed as materialized (
  select l.* from guard,
    unnest($2::text[], $3::text[], $4::bigint[], $5::timestamptz[]) as l(key, etag, size, last_modified)
), known as materialized (
  select l.key, p.id, p.etag = l.etag as same, p.superseded_at is null as current
  from listed l
  cross join lateral (
    select p.id, p.etag, p.superseded_at from nightjar.photos p
    where p.source = $1 and p.key = l.key offset 0) p
), superseded as (
  update nightjar.photos p set superseded_at = now()
  where p.id = any (array(select id from known where not same and current))
    and p.superseded_at is null
), revived as (
  update nightjar.photos p set superseded_at = null
  where p.id = any (array(select id from known where same and not current))
    and p.superseded_at is not null
  returning p.id
), lowered as (
  insert into nightjar.watermarks as k (source, model_version_id, photo_id)
  select $1, v.id, 0 from nightjar.model_versions v where exists (select from revived) order by v.id
  on conflict (source, model_version_id) do update
  set photo_id = least(k.photo_id, (select min(id) - 1 from revived)), noted_at = now()
)
insert into nightjar.photos (source, key, etag, size, last_modified)
select $1, l.key, l.etag, l.size, l.last_modified
from listed l
where not exists (select from known k where k.key = l.key and k.same)
order by l.key
on conflict (source, key, etag) do nothing
