-- $1 model versions; null for any: $2 labels, $3 first and $4 last day, $5 decisions, $6 source, $7 areas.
-- $8 what to tell apart: any of day, label, decision, area, source; $9 width of a day: day, week, month,
-- year. $10 how many. $11 H3 resolution of areas, at most 5: in a cell's 60 bits the resolution stands
-- behind 4 bits, and a coarser cell has its last levels, 3 bits each, all set. The photos without a day have null.
select
  case when 'day' = any ($8::text[]) then to_char(date_trunc($9, nullif(c.day, '-infinity')), 'YYYY-MM-DD') end as day,
  case when 'label' = any ($8) then c.label end as label,
  case when 'label' = any ($8) then max(c.common_name) end as "commonName",
  case when 'label' = any ($8) then max(c.rank) end as rank,
  case when 'decision' = any ($8) then c.decision end as decision,
  case when 'area' = any ($8) then
    case when $11::integer = 5 then c.area
    else to_hex((('x0' || c.area)::bit(64)::bigint & ~(15::bigint << 52))
      | ($11::bigint << 52) | ((1::bigint << (3 * (15 - $11::integer))) - 1))
    end
  end as area,
  case when 'source' = any ($8) then c.source end as source,
  sum(c.photos)::integer as photos,
  (sum(c.score_sum) / sum(c.photos))::real as "meanScore"
from (
  select model_version_id, source, day, area, label, common_name, rank, decision, photos, score_sum
  from nightjar.daily_counts where 'area' = any ($8) or $7::text[] is not null
  union all
  select model_version_id, source, day, null, label, common_name, rank, decision, photos, score_sum
  from nightjar.daily_totals where not ('area' = any ($8) or $7 is not null)
) c
where c.model_version_id = any ($1::integer[])
  and ($2::text[] is null or c.label = any ($2))
  and ($3::date is null or c.day >= $3)
  and ($4::date is null or c.day <= $4 and c.day > '-infinity')
  and ($5::text[] is null or c.decision = any ($5))
  and ($6::text is null or c.source = $6)
  and ($7 is null or c.area = any ($7))
group by 1, 2, 5, 6, 7
order by 1 nulls last, photos desc, 2, 5, 6, 7
limit $10
