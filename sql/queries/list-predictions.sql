-- Current predictions, the newest photos first, those without a time last. $1 model versions; null for
-- any: $2 labels, $3 from, $4 to (without), by the camera's clock, $5 least score, $6 decisions, $7 run,
-- $8 source, $9 beginning of the key. $10 box or null: west, south, east, north, degrees; east of west
-- where it crosses the date line. $11 areas whose middle is in the box, $12 cells of resolution 7, $13 areas, that are
-- in the cell asked for. $14 sensitive labels: what lies in an area where one was ever seen is searched by
-- its area alone, or searching would tell where it is. $15 time, $16 photo, $17 model version of the last
-- row of the page before, $18 how many. Those of the page are found in an index, without reading the rows
-- before them: for each model version, and then the newest of all.
with sensitive as materialized (
  select distinct area from nightjar.label_areas where label = any ($14::text[])
), page as (
  select k.photo_id, k.model_version_id, k.captured
  from unnest($1::integer[]) as m(id)
  cross join lateral (
    select r.photo_id, r.model_version_id, r.captured
    from nightjar.predictions r
    join nightjar.photos p on p.id = r.photo_id and p.superseded_at is null
    where r.model_version_id = m.id
      and ($2::text[] is null or r.label = any ($2))
      and ($3::timestamp is null or r.captured >= $3)
      and ($4::timestamp is null or r.captured < $4 and r.captured > '-infinity')
      and ($5::real is null or r.score >= $5)
      and ($6::text[] is null or r.decision = any ($6))
      and ($7::bigint is null or r.run_id = $7)
      and ($13::text[] is null or r.area = any ($13))
      and ($15::timestamp is null or (r.captured, r.photo_id) <= ($15, $16::bigint)
        and ((r.captured, r.photo_id) <> ($15, $16) or r.model_version_id < $17::integer))
      and ($8::text is null or p.source = $8)
      and ($9::text is null or starts_with(p.key, $9))
      and ($10::double precision[] is null or
        case when r.area in (select area from sensitive) then r.area = any ($11::text[])
        else p.latitude between ($10)[2] and ($10)[4]
          and case when ($10)[1] <= ($10)[3] then p.longitude between ($10)[1] and ($10)[3]
              else p.longitude >= ($10)[1] or p.longitude <= ($10)[3] end
        end)
      and ($12::text[] is null or p.cell = any ($12) and r.area not in (select area from sensitive))
    order by r.captured desc, r.photo_id desc
    limit $18
  ) k
  order by k.captured desc, k.photo_id desc, k.model_version_id desc
  limit $18
)
select
  p.id::text as "photoId", p.source, p.key,
  p.captured_at as "capturedAt", to_char(p.captured_local, 'YYYY-MM-DD"T"HH24:MI:SS') as "capturedLocal",
  p.utc_offset as "utcOffset",
  p.latitude, p.longitude, p.cell, nightjar.area_of(p.cell) as area, p.location_status as "locationStatus",
  -- A position without a cell is told as little as can be.
  case when p.cell is null then cardinality($14) > 0
    else nightjar.area_of(p.cell) in (select area from sensitive) end as coarse,
  r.label, r.common_name as "commonName", r.rank, r.score, r.decision,
  r.vision_label as "visionLabel", r.vision_score as "visionScore",
  r.presence, r.vision_presence as "visionPresence", r.region_cell as "regionCell",
  m.name || '@' || v.version as model, s.name || '@' || s.version as regions,
  r.run_id::text as run, r.predicted_at as "predictedAt",
  k.captured::text as "positionTime", k.model_version_id::text as "positionModel"
from page k
join nightjar.photos p on p.id = k.photo_id
join nightjar.predictions r on r.photo_id = k.photo_id and r.model_version_id = k.model_version_id
join nightjar.model_versions v on v.id = r.model_version_id
join nightjar.models m on m.id = v.model_id
left join nightjar.region_snapshots s on s.id = r.region_snapshot_id
order by k.captured desc, k.photo_id desc, k.model_version_id desc
