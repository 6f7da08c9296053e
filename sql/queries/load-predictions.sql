-- $1 jsonb: predictions of a batch; $2 model version, $3 run, $4 region snapshot or null; $5 reprocess mode.
-- The first answer of a model version for a photo version stands: a batch that comes twice changes
-- nothing. Only a run that is to make completed ones again replaces what other runs answered.
with incoming as (
  select * from jsonb_to_recordset($1::jsonb) as r(
    photo_id bigint, label text, common_name text, rank text, score real, decision text,
    vision_label text, vision_score real, presence real, vision_presence real,
    region_cell text, region_month smallint, fusion text, raw_labels smallint[], raw_scores real[],
    captured timestamp, cell text)
), settled as (
  delete from nightjar.rejects j using incoming i
  where j.photo_id = i.photo_id and j.model_version_id = $2
), harmless as (
  delete from nightjar.photo_crashes c using incoming i
  where c.photo_id = i.photo_id and c.model_version_id = $2
)
insert into nightjar.predictions as p (
  photo_id, model_version_id, run_id, label, common_name, rank, score, decision,
  vision_label, vision_score, presence, vision_presence,
  region_snapshot_id, region_cell, region_month, fusion, raw_labels, raw_scores,
  captured, area)
select
  photo_id, $2, $3, label, common_name, rank, score, decision,
  vision_label, vision_score, presence, vision_presence,
  case when fusion <> 'none' then $4::integer end, region_cell, region_month, fusion,
  raw_labels, raw_scores, coalesce(captured, '-infinity'), nightjar.area_of(cell)
from incoming
order by photo_id
on conflict (photo_id, model_version_id) do update
set run_id = excluded.run_id, label = excluded.label, common_name = excluded.common_name,
    rank = excluded.rank, score = excluded.score, decision = excluded.decision,
    vision_label = excluded.vision_label, vision_score = excluded.vision_score,
    presence = excluded.presence, vision_presence = excluded.vision_presence,
    region_snapshot_id = excluded.region_snapshot_id, region_cell = excluded.region_cell,
    region_month = excluded.region_month, fusion = excluded.fusion,
    raw_labels = excluded.raw_labels, raw_scores = excluded.raw_scores,
    captured = excluded.captured, area = excluded.area, predicted_at = now()
where $5 = 'completed' and p.run_id <> excluded.run_id
