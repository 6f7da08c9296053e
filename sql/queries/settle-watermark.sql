-- $1 source; $2 model version; $3 photos to look at; $4 null, or a time: photos that were listed before
-- it and have no outcome are no longer in the source. Under the source's lock, so that no photo below
-- those seen here is yet to appear. The watermark goes up to the photo before the first one that lacks an
-- outcome. A reject that is not final is one here: such photos are found by their own index. Ordered
-- as the index photos_of_source, in a session that does not sort: see count-pending.
with mark as (
  select coalesce((select k.photo_id from nightjar.watermarks k
                   where k.source = $1 and k.model_version_id = $2), 0) as photo_id
), looked_at as (
  select p.id,
    predicted.there is null and rejected.there is null
      and ($4::timestamptz is null or p.first_listed_at >= $4) as lacking
  from (
    select p.id, p.first_listed_at from nightjar.photos p
    where p.superseded_at is null
      and (p.source, p.id) > ($1, (select photo_id from mark))
      and p.source <= $1
    order by p.source, p.id limit $3) p
  left join lateral (
    select true as there from nightjar.predictions r
    where r.photo_id = p.id and r.model_version_id = $2 limit 1) predicted on true
  left join lateral (
    select true as there from nightjar.rejects j
    where j.photo_id = p.id and j.model_version_id = $2 limit 1) rejected on true
), settled as (
  select coalesce(min(id) filter (where lacking) - 1, max(id)) as photo_id,
    count(*) = $3 and not bool_or(lacking) as more
  from looked_at
), moved as (
  insert into nightjar.watermarks as k (source, model_version_id, photo_id)
  select $1, $2, s.photo_id from settled s, mark where s.photo_id > mark.photo_id
  on conflict (source, model_version_id) do update set photo_id = excluded.photo_id, noted_at = now()
)
select coalesce(more, false) as more from settled
