-- $1 photo; $2 sensitive labels. With the answers of all model versions, the
-- newest first, and what the labels of their raw scores are called. Overwritten versions too.
select
  p.id::text as "photoId", p.source, p.key, p.etag, p.size::double precision as size,
  p.last_modified as "lastModified", p.superseded_at as "supersededAt", p.format, p.width, p.height,
  p.captured_at as "capturedAt", to_char(p.captured_local, 'YYYY-MM-DD"T"HH24:MI:SS') as "capturedLocal",
  p.utc_offset as "utcOffset", p.utc_offset_source as "utcOffsetSource",
  p.latitude, p.longitude, p.cell, nightjar.area_of(p.cell) as area,
  p.location_status as "locationStatus", p.camera_make as "cameraMake", p.camera_model as "cameraModel",
  case when p.cell is null then cardinality($2::text[]) > 0
    else exists (select from nightjar.label_areas a
                 where a.label = any ($2) and a.area = nightjar.area_of(p.cell)) end as coarse,
  coalesce((
    select jsonb_agg(jsonb_build_object(
      'model', m.name || '@' || v.version,
      'production', exists (select from nightjar.model_aliases a
                            where a.model_version_id = v.id and a.alias = 'production'),
      'label', r.label, 'commonName', r.common_name, 'rank', r.rank, 'score', r.score,
      'decision', r.decision, 'visionLabel', r.vision_label, 'visionScore', r.vision_score,
      'presence', r.presence, 'visionPresence', r.vision_presence, 'fusion', r.fusion,
      'regions', s.name || '@' || s.version, 'regionCell', r.region_cell, 'regionMonth', r.region_month,
      'run', r.run_id::text, 'predictedAt', to_json(r.predicted_at),
      'rawScores', (
        select jsonb_agg(jsonb_build_object(
          'label', v.labels -> raw.label ->> 'scientificName',
          'commonName', v.labels -> raw.label ->> 'commonName',
          'score', raw.score) order by raw.score desc, raw.label)
        from unnest(r.raw_labels::integer[], r.raw_scores) as raw(label, score)))
      order by r.predicted_at desc, v.id desc)
    from nightjar.predictions r
    join nightjar.model_versions v on v.id = r.model_version_id
    join nightjar.models m on m.id = v.model_id
    left join nightjar.region_snapshots s on s.id = r.region_snapshot_id
    where r.photo_id = p.id), '[]') as predictions,
  coalesce((
    select jsonb_agg(jsonb_build_object(
      'model', m.name || '@' || v.version, 'stage', j.stage, 'code', j.code, 'message', j.message,
      'attempts', j.attempts, 'final', j.final, 'run', j.run_id::text,
      'lastRejectedAt', to_json(j.last_rejected_at)) order by j.last_rejected_at desc)
    from nightjar.rejects j
    join nightjar.model_versions v on v.id = j.model_version_id
    join nightjar.models m on m.id = v.model_id
    where j.photo_id = p.id), '[]') as rejects
from nightjar.photos p
where p.id = $1
