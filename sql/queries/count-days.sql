-- $1 model version; $2 days without counts. Current photos alone; each day by the index.
with counts as (
  insert into nightjar.daily_counts
    (model_version_id, source, day, area, label, common_name, rank, decision, photos, score_sum)
  select $1, p.source, d.day, r.area, r.label, max(r.common_name), r.rank, r.decision,
    count(*), sum(r.score)
  from unnest($2::date[]) as d(day)
  join nightjar.predictions r on r.model_version_id = $1
    and r.captured between d.day::timestamp and d.day::timestamp + interval '1 day' - interval '1 us'
  join nightjar.photos p on p.id = r.photo_id and p.superseded_at is null
  group by p.source, d.day, r.area, r.label, r.rank, r.decision
  returning *
)
insert into nightjar.daily_totals
  (model_version_id, source, day, label, common_name, rank, decision, photos, score_sum)
select model_version_id, source, day, label, max(common_name), rank, decision, sum(photos), sum(score_sum)
from counts
group by model_version_id, source, day, label, rank, decision
