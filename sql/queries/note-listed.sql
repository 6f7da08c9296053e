-- $1 source; $2 keys, $3 etags, $4 sizes, $5 times of one page of its listing.
-- A key with a new etag is a new photo version, and the current one from now on. Versions that are
-- known and current are not touched: a nightly listing of a million photos must not rewrite them.
with listed as (
  select * from unnest($2::text[], $3::text[], $4::bigint[], $5::timestamptz[])
    as l(key, etag, size, last_modified)
), superseded as (
  update nightjar.photos p set superseded_at = now()
  from listed l
  where p.source = $1 and p.key = l.key and p.etag <> l.etag and p.superseded_at is null
), revived as (
  update nightjar.photos p set superseded_at = null
  from listed l
  where p.source = $1 and p.key = l.key and p.etag = l.etag and p.superseded_at is not null
)
insert into nightjar.photos (source, key, etag, size, last_modified)
select $1, l.key, l.etag, l.size, l.last_modified
from listed l
where not exists (
  select from nightjar.photos p where p.source = $1 and p.key = l.key and p.etag = l.etag)
order by l.key
on conflict (source, key, etag) do nothing
